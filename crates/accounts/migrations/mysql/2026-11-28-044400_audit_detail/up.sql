-- MySQL knows no IF NOT EXISTS here, MariaDB reads it.
ALTER TABLE audit ADD COLUMN /*M! IF NOT EXISTS */ detail VARCHAR(255) NULL;
