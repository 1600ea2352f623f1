package scenario

import "context"

// EventOf is event, for tests.
func (a *Actor) EventOf(ctx context.Context, s Step) ([]byte, error) { return a.event(ctx, s) }
