"""A contact file from upload to start, and back as a receipt: puts the contact file and the batch together.

`drafting` keeps an uploaded file → `planning` keeps what is decided about it → `checking` makes a line of every row →
`lines` shows them → `starting` says what Start means, and starts → `afterwards` tells how far it is, and takes it back.
`receipt` gives the file back at any time; `finding` is the way in from an address.

A file is a draft in the store from the moment it was read. What is decided about it (columns, who is left out, own
links) is written there too, so that a reload, another browser or a restart finds it as it was.
"""
