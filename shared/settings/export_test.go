package settings

import "context"

// Connection is connection for the tests outside of the package.
type Connection = connection

// Connect is connect for the tests outside of the package.
func (a *Apps) Connect(ctx context.Context, r Ref) (Connection, error) { return a.connect(ctx, r) }
