"""A command of the product as the child of a measurement: nothing is loaded before it but what it loads itself."""


def run(arguments: list[str]) -> None:
    """Run a command in this process, from the function that a shell's `tenshu` calls."""
    from tenshu.cli.main import main  # noqa: PLC0415 - whoever starts the measurement does not load it

    try:
        main(arguments)
    except SystemExit as ended:
        if ended.code:
            raise
