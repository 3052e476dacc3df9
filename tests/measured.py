"""What tests measure beside passing or failing: the names of the properties under which they keep it."""

PRINTED = {"weight": "WHAT PAGES WEIGH, KB PLAIN / AS SENT", "hands": "MOVES OF THE HAND"}
DAY = "day of the campaign"
