"""Files in the encodings that people's shells write."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Windows PowerShell's redirection writes this one.
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decoded(data: bytes) -> str:
    """Text of a file: UTF-8, or what its byte order mark says.

    Raises:
        ValueError: it is no text in any of these.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    return data.decode()
