package brandapi_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"BRANDAPI_AUDIT_RETENTION",
		"BRANDAPI_BURST",
		"BRANDAPI_RATE",
		"BRANDAPI_SHOW_ADDRESS",
		"BRANDAPI_UNKNOWN_KEYS",
		"GOOGLE_CLOUD_PROJECT",
		"K_SERVICE",
		"LEASE",
		"ORDER_ACTIONS_TOPIC",
		"ORDER_REFRESH",
		"PHONE_KEY_SECRET",
		"PLATFORM_BASE_URL",
		"PLATFORM_ORDER_PATH",
		"PLATFORM_ORDER_TIME_ZONE",
		"PLATFORM_TIMEOUT",
		"PLATFORM_TOKEN",
		"PUBLIC_HOSTS",
		"REQUEST_TIMEOUT",
		"RETENTION_MESSAGES",
		"RETENTION_ORDERS",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SETTINGS_TTL",
	}
	read, required := testkit.Variables(t, &brandapi.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT", "PLATFORM_BASE_URL"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	required := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": "https://platform.example.com"}
	var good brandapi.Config
	if err := config.Load(t.Context(), config.Map(required), &good); err != nil {
		t.Errorf("defaults: %v", err)
	}
	if good.ShowAddress || good.OrderActions != "order-actions" {
		t.Errorf("defaults: got %+v", good)
	}
	for name, value := range map[string]string{
		"BRANDAPI_RATE": "0", "BRANDAPI_BURST": "0", "BRANDAPI_UNKNOWN_KEYS": "0", "ORDER_REFRESH": "0s", "BRANDAPI_AUDIT_RETENTION": "-1h",
		"RETENTION_ORDERS": "0s", "RETENTION_MESSAGES": "0s", "LEASE": "25s", "SETTINGS_TTL": "31s", "PLATFORM_BASE_URL": "nowhere",
		"PLATFORM_ORDER_TIME_ZONE": "Nowhere", "REQUEST_TIMEOUT": "0s",
	} {
		vars := maps.Clone(required)
		vars[name] = value
		var cfg brandapi.Config
		err := config.Load(t.Context(), config.Map(vars), &cfg)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v, want an error that names it", name, value, err)
		}
	}
}
