package provider_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func TestIncomplete(t *testing.T) {
	t.Parallel()
	err := errors.Join(errors.New("number is missing"), errors.New("id is missing"))
	for _, tc := range []struct {
		secret string
		want   provider.CheckState
	}{{"", provider.CheckInvalidKey}, {" \n", provider.CheckInvalidKey}, {"key", provider.CheckUnknownApp}} {
		got := provider.Incomplete(provider.App{Secret: config.NewSecret(tc.secret)}, err)
		if diff := cmp.Diff(provider.CheckResult{State: tc.want, Detail: "number is missing; id is missing"}, got); diff != "" {
			t.Errorf("secret %q (-want +got):\n%s", tc.secret, diff)
		}
	}
}
