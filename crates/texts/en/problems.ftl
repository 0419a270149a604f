# Titles of problems on the agency's own port.
code-refused = Refused by the agreement or by the floor
code-unauthenticated = Who asks is not known
code-forbidden = Your role may not do this
code-too_many = Too many requests
code-too_large = The request is too large
code-wrong_method = This path has no such method
code-wrong_origin = The request was not meant for this port
code-usage = The input has an error
code-not_found = There is no such thing
code-conflict = Taken already
code-storage = The disk is full or damaged
code-unavailable = Not possible now
code-not_verified = It does not verify
code-internal = A fault of this program
