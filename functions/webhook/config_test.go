package webhook_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"GOOGLE_CLOUD_PROJECT",
		"PROVIDER_EVENTS_TOPIC",
		"PROVIDER_TIMEOUT",
		"REFERENCE_KEY_SECRET",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &webhook.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, variable, value, want string }{
		{"no_timeout", "PROVIDER_TIMEOUT", "0s", "PROVIDER_TIMEOUT must be more than zero"},
		{"timeout_that_is_none", "PROVIDER_TIMEOUT", "hunter2", "PROVIDER_TIMEOUT cannot be read as a duration such as 10s or 3m"},
		{"settings_too_old", "SETTINGS_TTL", "31s", "SETTINGS_TTL must be between 0 and 30s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo"}
			vars[tc.variable] = tc.value
			if diff := cmp.Diff([]string{tc.want}, testkit.Problems(t, &webhook.Config{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
