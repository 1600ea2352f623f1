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
		"BUSINESSONBOT_BASE_URL",
		"CUSTOMER_MESSAGES_TOPIC",
		"CUSTOMER_NOTIFICATIONS_TOPIC",
		"GOOGLE_CLOUD_PROJECT",
		"GUPSHUP_BASE_URL",
		"KALEYRA_BASE_URL",
		"K_SERVICE",
		"MESSAGE_OUTCOMES_TOPIC",
		"META_BASE_URL",
		"META_VERSION",
		"PARK_AFTER",
		"PHONE_KEY_SECRET",
		"PLATFORM_BASE_URL",
		"PLATFORM_DEFERRED_DATE",
		"PLATFORM_ORDER_PATH",
		"PLATFORM_ORDER_TIME_ZONE",
		"PLATFORM_RESOLUTION_URL",
		"PLATFORM_TIMEOUT",
		"PLATFORM_TOKEN",
		"PROVIDER_EVENTS_DEAD_TOPIC",
		"PROVIDER_EVENTS_TOPIC",
		"PROVIDER_TIMEOUT",
		"PUBLIC_HOSTS",
		"PUSH_AUDIENCE",
		"PUSH_ISSUER",
		"PUSH_KEYS_URL",
		"PUSH_SERVICE_ACCOUNT",
		"PUSH_SIGNATURE",
		"REFERENCE_KEY_SECRET",
		"REQUEST_TIMEOUT",
		"RETENTION_CONVERSATIONS",
		"RETENTION_MESSAGES",
		"RETENTION_ORDERS",
		"RETENTION_PARKED",
		"RETENTION_REPLIES",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &receive.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT", "PLATFORM_BASE_URL"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, variable, value, want string }{
		{"call_not_under_request", "PROVIDER_TIMEOUT", "25s", "PROVIDER_TIMEOUT must be less than REQUEST_TIMEOUT"},
		{"request_not_under_deadline", "REQUEST_TIMEOUT", "60s", "REQUEST_TIMEOUT must be less than ACK_DEADLINE"},
		{"no_retention_of_conversations", "RETENTION_CONVERSATIONS", "0s", "RETENTION_CONVERSATIONS must be more than zero"},
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
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo", "PLATFORM_BASE_URL": "https://platform.example.com"}
			vars[tc.variable] = tc.value
			if diff := cmp.Diff([]string{tc.want}, testkit.Problems(t, &receive.Config{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
