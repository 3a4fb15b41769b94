"""The names of facts: past tense, `object_verbed`; one place, so that no room misspells another's."""

from typing import Final

# What files and shops tell.
CUSTOMER_DESCRIBED: Final = "customer_described"  # properties: {"traits": {...}}
CONSENT_RECORDED: Final = "consent_recorded"  # properties: channel, purpose, status, basis, reason, proof
PRODUCT_PURCHASED: Final = "product_purchased"  # an order line: quantity and raw unit price positive
PRODUCT_RETURNED: Final = "product_returned"  # an order line: cancelled or sent back
PRODUCT_GIVEN: Final = "product_given"  # an order line: handed over for nothing
ORDER_ADJUSTED: Final = "order_adjusted"  # an order line: corrections, bad debt, stock write-offs
ORDER_LINES: Final = (PRODUCT_PURCHASED, PRODUCT_RETURNED, PRODUCT_GIVEN, ORDER_ADJUSTED)
ORDER_COMPLETED: Final = "order_completed"  # derived: one per order of a known customer, at its earliest line

# What customers answer.
EMAIL_OPENED: Final = "email_opened"  # properties: journey, step, enrolment, visit, user_agent, method, by
EMAIL_CLICKED: Final = "email_clicked"  # the same + link (index), url
EMAIL_BOUNCED: Final = "email_bounced"  # properties: journey, step, enrolment, visit, status, is_hard
EMAIL_COMPLAINED: Final = "email_complained"
UNSUBSCRIBED: Final = "unsubscribed"  # properties: channel, purpose, journey, step, enrolment, visit, how

# What the ledger decides, drained through facts-out.
JOURNEY_ENTERED: Final = "journey_entered"  # properties: journey, version, enrolment, entry_key, arm
JOURNEY_LEFT: Final = "journey_left"  # properties: journey, enrolment, outcome
MESSAGE_DECIDED: Final = "message_decided"  # properties: journey, step, enrolment, visit, outcome, reason, is_ghost
MESSAGE_SUPPRESSED: Final = "message_suppressed"  # at the last check: journey, step, enrolment, visit, reason
SEGMENT_ENTERED: Final = "segment_entered"  # properties: segment, version
SEGMENT_LEFT: Final = "segment_left"  # properties: segment, version
IMPORT_UNDONE: Final = "import_undone"  # of nobody; properties: import, name, kind, facts, people, by
EMAIL_SENT: Final = "email_sent"  # properties: journey, step, enrolment, visit, message_id, template
EMAIL_FAILED: Final = "email_failed"  # properties: journey, step, enrolment, visit, reason, is_permanent
EMAIL_IN_DOUBT: Final = "email_in_doubt"
# A person's word on a message in doubt; properties: journey, step, enrolment, visit, template, reason.
EMAIL_DOUBT_RESOLVED: Final = "email_doubt_resolved"
