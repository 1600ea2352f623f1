package receive_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"ACCOUNT_NEWS_TOPIC",
		"ACK_DEADLINE",
		"CUSTOMER_NOTIFICATIONS_TOPIC",
		"GOOGLE_CLOUD_PROJECT",
		"K_SERVICE",
		"PARK_AFTER",
		"PHONE_KEY_SECRET",
		"PROVIDER_EVENTS_DEAD_TOPIC",
		"PROVIDER_EVENTS_TOPIC",
		"PROVIDER_TIMEOUT",
		"PUSH_AUDIENCE",
		"PUSH_ISSUER",
		"PUSH_KEYS_URL",
		"PUSH_SERVICE_ACCOUNT",
		"REFERENCE_KEY_SECRET",
		"RETENTION_PARKED",
		"RETENTION_REPLIES",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &receive.Config{})
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
		{"call_not_under_deadline", "PROVIDER_TIMEOUT", "60s", "PROVIDER_TIMEOUT must be less than ACK_DEADLINE"},
		{"time_that_is_none", "PARK_AFTER", "hunter2", "PARK_AFTER cannot be read as a duration such as 10s or 3m"},
		{"settings_too_old", "SETTINGS_TTL", "31s", "SETTINGS_TTL must be between 0 and 30s"},
		{
			"dead_letters_that_come_back", "PROVIDER_EVENTS_DEAD_TOPIC", "provider-events",
			"PROVIDER_EVENTS_DEAD_TOPIC must differ from PROVIDER_EVENTS_TOPIC",
		},
		{"no_retention", "RETENTION_REPLIES", "0s", "RETENTION_REPLIES must be more than zero"},
		{"deadline_over_limit", "ACK_DEADLINE", "601s", "ACK_DEADLINE is more than 600s, which Pub/Sub refuses"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo"}
			vars[tc.variable] = tc.value
			if diff := cmp.Diff([]string{tc.want}, testkit.Problems(t, &receive.Config{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
