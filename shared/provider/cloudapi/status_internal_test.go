package cloudapi

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestGraver holds the order of failures, from the least grave on.
func TestGraver(t *testing.T) {
	t.Parallel()
	order := []message.Failure{
		provider.InDoubt,
		provider.Transient,
		provider.Throttled,
		provider.Throttled.After(time.Second),
		provider.Throttled.After(time.Minute),
		provider.BadRequest,
		provider.BadTemplate,
		provider.Undeliverable,
		provider.NoWhatsApp,
		provider.OptedOut,
		provider.TemplatePaused,
		provider.BadCredentials,
		provider.Blocked.After(time.Hour),
	}
	for i, f := range order {
		for j, than := range order {
			if got := graver(f, than); got != (i > j) {
				t.Errorf("%v graver than %v: got %t", f, than, got)
			}
		}
	}
	if graver(provider.Unlisted, provider.BadRequest) || graver(provider.BadRequest, provider.Unlisted) {
		t.Error("an unlisted code and a bad request: want neither graver, so that the first counts")
	}
}

// TestGravityKnowsEveryClass: a class that is not in the order would be the least grave.
func TestGravityKnowsEveryClass(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(Codes, PermissionCodes, OnPremisesCodes) {
		if !slices.Contains(gravity, row.Means.Class) {
			t.Errorf("%s: class %s has no place", row.Code, row.Means.Class)
		}
	}
}
