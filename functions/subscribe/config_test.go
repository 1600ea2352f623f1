package subscribe_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"CONSENT_NOTICE_SHA256",
		"CONSENT_NOTICE_VERSION",
		"GOOGLE_CLOUD_PROJECT",
		"K_SERVICE",
		"ORDER_LINK_KEY",
		"ORDER_REFRESH",
		"PHONE_KEY_SECRET",
		"PLATFORM_BASE_URL",
		"PLATFORM_ORDER_PATH",
		"PLATFORM_TIMEOUT",
		"PLATFORM_TOKEN",
		"PORTAL_ORIGINS",
		"PUBLIC_HOSTS",
		"REQUEST_TIMEOUT",
		"RETENTION_ORDERS",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &subscribe.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT", "PLATFORM_BASE_URL"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, variable, value, want string }{
		{"nothing", "", "", ""},
		{"origins", "PORTAL_ORIGINS", "https://a.example.com, http://localhost:3000", ""},
		{"any_origin", "PORTAL_ORIGINS", "*", "PORTAL_ORIGINS"},
		{"origin_with_path", "PORTAL_ORIGINS", "https://a.example.com/", "PORTAL_ORIGINS"},
		{"bare_host", "PORTAL_ORIGINS", "a.example.com", "PORTAL_ORIGINS"},
		{"keys", "ORDER_LINK_KEY", "sixteen bytes at least, and another one here", ""},
		{"short_key", "ORDER_LINK_KEY", "hunter2", "ORDER_LINK_KEY"},
		{"one_short_key", "ORDER_LINK_KEY", "sixteen bytes at least,hunter2", "ORDER_LINK_KEY"},
		{"empty_key", "ORDER_LINK_KEY", "sixteen bytes at least,", "ORDER_LINK_KEY"},
		{"notice_without_hash", "CONSENT_NOTICE_VERSION", "wa/en/3", "CONSENT_NOTICE_SHA256"},
		{"hash_without_notice", "CONSENT_NOTICE_SHA256", strings.Repeat("0a", 32), "CONSENT_NOTICE_VERSION"},
		{"hash_that_is_none", "CONSENT_NOTICE_SHA256", "abc", "CONSENT_NOTICE_SHA256"},
		{"refresh", "ORDER_REFRESH", "0s", "ORDER_REFRESH"},
		{"retention", "RETENTION_ORDERS", "-1h", "RETENTION_ORDERS"},
		{"settings", "SETTINGS_TTL", "31s", "SETTINGS_TTL"},
		{"request_timeout", "REQUEST_TIMEOUT", "0s", "REQUEST_TIMEOUT"},
		{"platform", "PLATFORM_BASE_URL", "hunter2", "PLATFORM_BASE_URL"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": "https://platform.example.com"}
			vars[tc.variable] = tc.value
			var cfg subscribe.Config
			err := config.Load(t.Context(), config.Map(vars), &cfg)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want one that names %s", err, tc.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}
