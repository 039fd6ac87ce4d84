-- One text for SQLite and PostgreSQL; schema.go fills in what the two call
-- differently.

-- The log. ord is the order of arrival: at the office, the commit order.
create table change (
  ord    {{ord}},
  id     {{bytes}} not null unique,
  node   {{bytes}} not null,
  seq    {{long}} not null,
  record {{bytes}} not null,
  body   {{bytes}} not null -- envelope and the blocks at hand, as syncengine encodes them
);
create index change_node on change (node, seq, ord);
create index change_record on change (record, ord);

-- Everything beside the log, by bucket and key.
create table cell (
  bucket {{text}} not null,
  key    {{bytes}} not null,
  value  {{bytes}} not null,
  primary key (bucket, key)
){{rowless}};
