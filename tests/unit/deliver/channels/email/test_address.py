"""Addresses: one plain address or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.deliver.channels.email.address import AddressRefused, checked_address, is_address

GOOD = [
    "sato@example.com",
    "Sato.Taro+shop@mail.example.co.jp",
    "a@b.jp",
    "o'hara@example.com",
    "x_y-z@1.example",
    "sato..taro@docomo.example",  # two dots: old mobile phones have them
    "sato.@ezweb.example",  # a dot before the @: these too
    ".sato@softbank.example",
    "a" * 64 + "@example.com",
    "b+k1.aaaabpdbjyaaaayx32do2z4r33bm6k3@bounce.example.com",
]

BAD = {
    "a second command": "a@x.example>\r\nRCPT TO:<v@x.example",
    "a line feed": "a@x.example\n",
    "a carriage return": "a@x.example\r",
    "two addresses": "a@x.example,b@x.example",
    "two addresses with a semicolon": "a@x.example;b@x.example",
    "two ats": "a@b@x.example",
    "a quoted local part": '"a b"@x.example',
    "angle brackets": "<a@x.example>",
    "a name": "Sato <a@x.example>",
    "a comment": "a(b)@x.example",
    "a blank": "a b@x.example",
    "a route": "@relay.example:a@x.example",
    "a percent route is plain but a bracket is not": "a@[127.0.0.1]",
    "no host": "a@",
    "no local part": "@x.example",
    "nothing": "",
    "no at": "sato.example.com",
    "a Cyrillic look-alike": "s\u0430to@example.com",
    "a Japanese host": "sato@例え.jp",
    "full width": "ｓａｔｏ@example.com",
    "a host with an empty label": "a@x..example",
    "a host that begins with a hyphen": "a@-x.example",
    "a host that ends with a hyphen": "a@x-.example",
    "a host that ends with a dot": "a@x.example.",
    "an underscore host": "a@x_y.example",
    "a local part of 65": "a" * 65 + "@example.com",
    "a host of 190": "a@" + "x" * 60 + "." + "y" * 60 + "." + "z" * 60 + ".example",
    "a label of 64": "a@" + "x" * 64 + ".example",
    "a nul": "a\x00@x.example",
    "a line separator": "a@x.example\u2028",
}


@pytest.mark.parametrize("address", GOOD)
def test_plain_address_may_be_written_to(address: str) -> None:
    assert is_address(address)
    assert checked_address(address) == address


@pytest.mark.parametrize("address", BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(AddressRefused) as refusal:
        checked_address(address)
    assert "\n" not in refusal.value.text("ja")


@given(st.text(max_size=60))
def test_no_address_holds_what_could_end_a_command(text: str) -> None:
    if is_address(text):
        assert not set(text) & set('\r\n<>,; \t"()[]\\')
        assert text.isascii()
        assert text.count("@") == 1


@given(st.text(alphabet="ab.@\r\n<>, ", max_size=30))
def test_hostile_alphabets_never_pass_with_a_break(text: str) -> None:
    assert not (is_address(text) and set(text) & set("\r\n<>, "))
