CREATE SCHEMA "Größe";
CREATE SCHEMA "has.dot";
CREATE TYPE mood AS ENUM ('glücklich', 'so la la', 'müde');
CREATE DOMAIN positive AS integer NOT NULL DEFAULT 1 CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, "B" text COLLATE "C");
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(40) NOT NULL DEFAULT 'nobody'::varchar,
  status varchar(10) CHECK (status IN ('new', 'old')),
  feeling mood DEFAULT 'müde',
  amount positive,
  gone integer,
  doubled integer GENERATED ALWAYS AS (gone * 2) STORED,
  document jsonb DEFAULT '{"a": [1, 2]}',
  picture bytea,
  stamp timestamp(3) without time zone DEFAULT now(),
  CONSTRAINT "Ünique Näme" UNIQUE (name, status)
);
CREATE TABLE "Größe"."Täble ""quoted"" '日本語'" ("Cölumn; DROP TABLE" serial PRIMARY KEY, "select" text, dropped integer, p pair);
ALTER TABLE "Größe"."Täble ""quoted"" '日本語'" DROP COLUMN dropped;
CREATE TABLE "has.dot"."and.dot" (customer bigint REFERENCES customers ON DELETE CASCADE, said text);
CREATE TABLE orders (id bigint, at date NOT NULL, customer bigint REFERENCES customers, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
CREATE TABLE orders_2026_0 PARTITION OF orders_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE orders_2026_1 PARTITION OF orders_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE orders_rest PARTITION OF orders DEFAULT;
CREATE INDEX orders_customer ON orders (customer) WHERE customer IS NOT NULL;
CREATE TABLE order_lines (order_id bigint, order_at date, line integer, FOREIGN KEY (order_id, order_at) REFERENCES orders);
CREATE TABLE parent (a integer, b integer);
CREATE TABLE child (own text) INHERITS (parent);
ALTER TABLE parent ADD COLUMN later text DEFAULT 'x';
CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v text);
CREATE TABLE secrets (owner text, body text);
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY "own rows" ON secrets FOR SELECT USING (owner = current_user OR owner IN ('a', 'b'));
CREATE INDEX customers_old ON customers (lower(name), id DESC) WHERE status IN ('old', 'new');
CREATE STATISTICS customers_both ON name, status FROM customers;
CREATE VIEW old_customers WITH (security_barrier) AS SELECT c.*, (c.gone + 1) * 2 AS more FROM customers c WHERE c.status IN ('old', 'new') AND c.id BETWEEN 1 AND 50;
CREATE MATERIALIZED VIEW totals AS SELECT status, count(*) FROM customers GROUP BY status;
CREATE UNIQUE INDEX totals_status ON totals (status);
CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS one WITH NO DATA;
CREATE SEQUENCE countdown INCREMENT -5 MINVALUE -100 MAXVALUE 1000 START 1000 CYCLE;
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) || '!' $$;
CREATE FUNCTION born(integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 2026 - $1; END;
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE AGGREGATE product(float8) (SFUNC = float8mul, STYPE = float8, INITCOND = '1');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.stamp := now(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION touch();
CREATE RULE no_delete AS ON DELETE TO cache DO INSTEAD NOTHING;
COMMENT ON TABLE customers IS 'people; "quoted" — ünïcode';
INSERT INTO customers (name, status, gone, picture, document)
  SELECT 'name ' || n, CASE n % 2 WHEN 0 THEN 'new' ELSE 'old' END, n, decode(md5(n::text), 'hex'), jsonb_build_object('n', n, 'text', E'line\nbreak 日本') FROM generate_series(1, 200) n;
INSERT INTO "Größe"."Täble ""quoted"" '日本語'" ("select", p) SELECT 'ß' || n, ROW(n, 'x')::pair FROM generate_series(1, 7) n;
INSERT INTO orders SELECT n, date '2025-06-01' + n * 5, 1 + n % 100 FROM generate_series(1, 300) n;
INSERT INTO parent SELECT n, n FROM generate_series(1, 3) n;
INSERT INTO child (a, own) SELECT n, 'c' FROM generate_series(1, 4) n;
INSERT INTO cache VALUES ('k', 'v');
INSERT INTO secrets VALUES ('a', 'one'), ('nobody', 'two');
SELECT nextval('countdown'), nextval('countdown');
SELECT lo_from_bytea(0, decode(repeat('deadbeef', 1000), 'hex')) FROM generate_series(1, 3);
