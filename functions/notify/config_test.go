package notify_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"ACCOUNT_NEWS_TOPIC",
		"ACK_DEADLINE",
		"APP_CONCURRENCY",
		"BUSINESSONBOT_BASE_URL",
		"CONCURRENCY",
		"CUSTOMER_NOTIFICATIONS_TOPIC",
		"GOOGLE_CLOUD_PROJECT",
		"GRACE",
		"GUPSHUP_BASE_URL",
		"KALEYRA_BASE_URL",
		"K_SERVICE",
		"LEASE",
		"MAX_INSTANCES",
		"MAX_TRIES",
		"MESSAGE_OUTCOMES_TOPIC",
		"META_BASE_URL",
		"META_VERSION",
		"OCCURRENCE_KEY_SECRET",
		"ORDER_EVENTS_DEAD_TOPIC",
		"ORDER_EVENTS_TOPIC",
		"PHONE_KEY_SECRET",
		"PLATFORM_BASE_URL",
		"PLATFORM_ORDER_PATH",
		"PLATFORM_ORDER_TIME_ZONE",
		"PLATFORM_TIMEOUT",
		"PLATFORM_TIME_ZONE",
		"PLATFORM_TOKEN",
		"PROVIDER_TIMEOUT",
		"PUBLIC_HOSTS",
		"PUSH_AUDIENCE",
		"PUSH_ISSUER",
		"PUSH_KEYS_URL",
		"PUSH_SERVICE_ACCOUNT",
		"PUSH_SIGNATURE",
		"QUIET_GRACE",
		"REFERENCE_KEY_SECRET",
		"REQUEST_TIMEOUT",
		"RETENTION_MESSAGES",
		"RETENTION_ORDERS",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &notify.Config{})
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
		{"call_not_under_request", "PROVIDER_TIMEOUT", "30s", "PROVIDER_TIMEOUT must be less than REQUEST_TIMEOUT"},
		{"request_not_under_lease", "REQUEST_TIMEOUT", "45s", "REQUEST_TIMEOUT must be less than LEASE"},
		{"lease_not_under_deadline", "LEASE", "61s", "LEASE must be less than ACK_DEADLINE"},
		{"no_retention", "RETENTION_MESSAGES", "0s", "RETENTION_MESSAGES must be more than zero"},
		{"no_instances", "MAX_INSTANCES", "0", "MAX_INSTANCES must be at least 1"},
		{"no_requests_at_once", "CONCURRENCY", "0", "CONCURRENCY must be at least 1"},
		{"no_places", "APP_CONCURRENCY", "0", "APP_CONCURRENCY must be at least 1"},
		{"more_places_than_the_instance_has", "APP_CONCURRENCY", "81", "APP_CONCURRENCY must not be more than CONCURRENCY"},
		{"quiet_grace_too_short", "QUIET_GRACE", "2m", "QUIET_GRACE must not be less than GRACE"},
		{"no_tries", "MAX_TRIES", "0", "MAX_TRIES must be at least 1"},
		{"settings_too_old", "SETTINGS_TTL", "31s", "SETTINGS_TTL must be between 0 and 30s"},
		{"unknown_zone", "PLATFORM_TIME_ZONE", "Nowhere", "PLATFORM_TIME_ZONE cannot be read as a time zone such as Asia/Kolkata"},
		{"deadline_over_limit", "ACK_DEADLINE", "601s", "ACK_DEADLINE is more than 600s, which Pub/Sub refuses"},
		{"number_that_is_none", "MAX_TRIES", "hunter2", "MAX_TRIES cannot be read as a whole number"},
		{"address_that_is_none", "PLATFORM_BASE_URL", "hunter2", "PLATFORM_BASE_URL is not an http or https address"},
		{
			"dead_letters_that_come_back", "ORDER_EVENTS_DEAD_TOPIC", "order-events",
			"ORDER_EVENTS_DEAD_TOPIC must differ from ORDER_EVENTS_TOPIC",
		},
		{"no_platform_timeout", "PLATFORM_TIMEOUT", "0s", "PLATFORM_TIMEOUT must be more than zero"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo", "PLATFORM_BASE_URL": "https://platform.example.com"}
			vars[tc.variable] = tc.value
			if diff := cmp.Diff([]string{tc.want}, testkit.Problems(t, &notify.Config{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
