// Asks a store as Go programs and Grafana's data source do: clickhouse-go over HTTP.
//
// Usage: store-client HOST:PORT USER DATABASE COMPRESSION < statements.json; the password is STORE_PASSWORD.
// Prints one JSON object: what each step saw, or its error.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
)

var methods = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone, "lz4": clickhouse.CompressionLZ4, "zstd": clickhouse.CompressionZSTD,
	"gzip": clickhouse.CompressionGZIP, "deflate": clickhouse.CompressionDeflate,
}

type seen map[string]any

func (s seen) note(step string, value any, err error) {
	var exception *clickhouse.Exception
	switch {
	case errors.As(err, &exception):
		s[step] = map[string]any{"code": exception.Code}
	case err != nil:
		s[step] = map[string]any{"error": err.Error()}
	default:
		s[step] = value
	}
}

// rows returns every row as text, whatever its types.
func rows(ctx context.Context, db *sql.DB, query string, args ...any) ([][]string, error) {
	found, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	types, err := found.ColumnTypes()
	if err != nil {
		return nil, err
	}
	all := [][]string{}
	for found.Next() {
		values := make([]any, len(types))
		for i := range values {
			values[i] = new(any)
		}
		if err := found.Scan(values...); err != nil {
			return nil, err
		}
		line := make([]string, len(types))
		for i, value := range values {
			line[i] = show(*value.(*any))
		}
		all = append(all, line)
	}
	return all, found.Err()
}

func show(value any) string {
	if moment, ok := value.(time.Time); ok {
		return moment.UTC().Format(time.RFC3339Nano)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

func count(ctx context.Context, db *sql.DB, query string) (int, error) {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	n := 0
	for found.Next() {
		n++
	}
	return n, found.Err()
}

func main() {
	address, user, database, method := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	// As Grafana's data source opens it: database/sql, a pool, a dial and a read timeout, a product name.
	db := clickhouse.OpenDB(&clickhouse.Options{
		Addr:        []string{address},
		Protocol:    clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: database, Username: user, Password: os.Getenv("STORE_PASSWORD")},
		Compression: &clickhouse.Compression{Method: methods[method], Level: 3},
		ClientInfo: clickhouse.ClientInfo{Products: []struct{ Name, Version string }{
			{Name: "clickhouse-datasource", Version: "4"}}},
		DialTimeout: 10 * time.Second,
		ReadTimeout: 60 * time.Second,
		Settings:    clickhouse.Settings{"max_execution_time": 60},
	})
	db.SetMaxIdleConns(25)
	db.SetMaxOpenConns(50)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithUserLocation(time.UTC))
	out := seen{}
	out.note("ping", "ok", db.PingContext(ctx))
	statements := map[string]string{}
	if err := json.NewDecoder(os.Stdin).Decode(&statements); err != nil {
		panic(err)
	}
	for step, query := range statements {
		found, err := rows(ctx, db, query)
		out.note(step, found, err)
	}
	n, err := count(ctx, db, "SELECT number, toString(number) FROM numbers(300000)")
	out.note("many", n, err)
	bound, err := rows(ctx, db, "SELECT {name:String}", clickhouse.Named("name", "it's\ta name"))
	out.note("bound", bound, err)
	out.note("external", external(ctx, db), nil)
	_, err = db.ExecContext(ctx, "INSERT INTO things SELECT * FROM things")
	out.note("insert", "written", err)
	out.note("batch", "written", batch(ctx, db))
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

func external(ctx context.Context, db *sql.DB) any {
	table, err := ext.NewTable("few", ext.Column("n", "UInt64"))
	if err != nil {
		return err.Error()
	}
	for n := range 3 {
		if err := table.Append(uint64(n)); err != nil {
			return err.Error()
		}
	}
	found, err := rows(clickhouse.Context(ctx, clickhouse.WithExternalTable(table)), db, "SELECT sum(n) FROM few")
	if err != nil {
		return err.Error()
	}
	return found
}

func batch(ctx context.Context, db *sql.DB) error {
	scope, err := db.Begin()
	if err != nil {
		return err
	}
	prepared, err := scope.PrepareContext(ctx, "INSERT INTO batches (n, s)")
	if err != nil {
		return err
	}
	for n := range 1000 {
		if _, err := prepared.Exec(uint64(n), "text"); err != nil {
			return err
		}
	}
	return scope.Commit()
}
