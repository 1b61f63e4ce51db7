"""A database's schema as a set of lines, to compare what migrations make with what `tables.py` says."""

import re

from sqlalchemy import Connection, text

_POSTGRES = """
SELECT format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


def described(connection: Connection) -> set[str]:
    """Every column, constraint, index and trigger, but for Alembic's own table."""
    if connection.dialect.name == "postgresql":
        return {line for line in connection.scalars(text(_POSTGRES)) if "alembic_version" not in line}
    out: set[str] = set()
    rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    for kind, name, table, statement in rows:
        if table != "alembic_version" and not table.startswith("sqlite_"):
            # One line for each column and constraint, whatever their order.
            statement = re.sub(r"DEFAULT \((\w+)\)", r"DEFAULT \1", re.sub(r'"(\w+)"', r"\1", statement))
            lines = statement.splitlines()
            out |= {f"{kind} {name}: {line.strip().rstrip(',')}" for line in lines if line.strip(" ,")}
    return out
