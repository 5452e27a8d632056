package engine

import "os"

// inspectPostgres says where the host engine's Postgres is, or why the host
// engine can't run.
func inspectPostgres() (string, error) {
	if dsn := os.Getenv(dsnEnv); dsn != "" {
		u, err := parseDSN(dsn)
		if err != nil {
			return "", err
		}
		return shownDSN(u) + " (" + dsnEnv + ")", nil
	}
	return findPostgres()
}
