-- title: What the administrator makes from here on is usable as usual
-- why: extensions bring functions for everybody, and the server makes the functions of a range type in its own name

alter default privileges grant execute on functions to public;
