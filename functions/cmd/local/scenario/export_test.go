package scenario

import "context"

// EventOf is event, for tests.
func (a *Actor) EventOf(ctx context.Context, s Step) ([]byte, error) {
	return a.event(ctx, s, a.Clock.Now().In(a.Zone))
}

// EndOf is endOf, for tests.
func (a *Actor) EndOf(ctx context.Context, orders ...string) (End, error) {
	return a.endOf(ctx, orders...)
}

// Differences is differences, for tests.
func (e End) Differences(got End) []string { return e.differences(got) }
