package sweep_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"ACCOUNT_NEWS_TOPIC",
		"ACK_DEADLINE",
		"BUSINESSONBOT_BASE_URL",
		"CUSTOMER_NOTIFICATIONS_TOPIC",
		"GOOGLE_CLOUD_PROJECT",
		"GRACE",
		"GUPSHUP_BASE_URL",
		"KALEYRA_BASE_URL",
		"K_SERVICE",
		"LEASE",
		"MAX_TRIES",
		"MESSAGE_OUTCOMES_TOPIC",
		"META_BASE_URL",
		"META_VERSION",
		"ORDER_EVENTS_TOPIC",
		"PARK_AFTER",
		"PLATFORM_ORDER_TIME_ZONE",
		"PROOF_BUCKET",
		"PROOF_KEY_SECRET",
		"PROVIDER_EVENTS_TOPIC",
		"PROVIDER_TIMEOUT",
		"PUSH_AUDIENCE",
		"PUSH_ISSUER",
		"PUSH_KEYS_URL",
		"PUSH_SERVICE_ACCOUNT",
		"PUSH_SIGNATURE",
		"QUIET_GRACE",
		"REFERENCE_KEY_SECRET",
		"REQUEST_TIMEOUT",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
		"STORAGE_EMULATOR_HOST",
		"SWEEP_FOR",
		"WEBHOOK_URL",
	}
	read, required := testkit.Variables(t, &sweep.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT", "WEBHOOK_URL"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, variable, value, want string }{
		{"call_not_under_request", "PROVIDER_TIMEOUT", "30s", "PROVIDER_TIMEOUT must be less than REQUEST_TIMEOUT"},
		{"request_not_under_lease", "REQUEST_TIMEOUT", "45s", "REQUEST_TIMEOUT must be less than LEASE"},
		{"lease_not_under_deadline", "LEASE", "61s", "LEASE must be less than ACK_DEADLINE"},
		{"grace_under_parking", "PARK_AFTER", "90s", "GRACE must be more than twice PARK_AFTER"},
		{"sweeps_past_its_deadline", "SWEEP_FOR", "60s", "SWEEP_FOR must be less than ACK_DEADLINE"},
		{"sweeps_for_less_than_nothing", "SWEEP_FOR", "-1s", "SWEEP_FOR must not be negative"},
		{"webhook_without_scheme", "WEBHOOK_URL", "webhook.example.com", "WEBHOOK_URL is not an http or https address"},
		{"no_tries", "MAX_TRIES", "0", "MAX_TRIES must be at least 1"},
		{"settings_too_old", "SETTINGS_TTL", "31s", "SETTINGS_TTL must be between 0 and 30s"},
		{"deadline_over_limit", "ACK_DEADLINE", "601s", "ACK_DEADLINE is more than 600s, which Pub/Sub refuses"},
		{"number_that_is_none", "MAX_TRIES", "hunter2", "MAX_TRIES cannot be read as a whole number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo", "WEBHOOK_URL": "https://webhook.example.com"}
			vars[tc.variable] = tc.value
			if diff := cmp.Diff([]string{tc.want}, testkit.Problems(t, &sweep.Config{}, vars)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
