package boot_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestConfigReads holds what the process of every function reads.
func TestConfigReads(t *testing.T) {
	t.Parallel()
	read, required := testkit.Variables(t, &boot.Config{})
	if diff := cmp.Diff([]string{"GOGC", "GOMEMLIMIT", "GOOGLE_CLOUD_PROJECT", "LOG_LEVEL", "SHUTDOWN_GRACE"}, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}

	const noPercent = "GOGC is neither a whole number of percent nor off"
	for _, tc := range []struct {
		name, value string
		want        []string
	}{
		{"SHUTDOWN_GRACE", "0s", []string{"SHUTDOWN_GRACE must be more than zero"}},
		{"GOGC", "often", []string{noPercent}},
		{"GOGC", "-5", []string{noPercent}},
		{"GOGC", "off", nil},
		{"GOGC", "200", nil},
	} {
		got := testkit.Problems(t, &boot.Config{}, map[string]string{"GOOGLE_CLOUD_PROJECT": "demo", tc.name: tc.value})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s=%s: problems (-want +got):\n%s", tc.name, tc.value, diff)
		}
	}
}
