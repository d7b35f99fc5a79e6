-- What only one kind of intermediary keeps of a position, JSON.
ALTER TABLE demo_psp_positions ADD COLUMN details text;
