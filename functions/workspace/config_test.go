package workspace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func TestConfigReads(t *testing.T) {
	t.Parallel()
	want := []string{
		"ACCOUNT_NEWS_TOPIC",
		"BUSINESSONBOT_BASE_URL",
		"CONSOLE_URL",
		"GOOGLE_CLOUD_PROJECT",
		"GUPSHUP_BASE_URL",
		"IMPORT_TIMEOUT",
		"KALEYRA_BASE_URL",
		"K_SERVICE",
		"META_BASE_URL",
		"META_VERSION",
		"PHONE_KEY_SECRET",
		"PLATFORM_ORDER_TIME_ZONE",
		"PLATFORM_TIME_ZONE",
		"PROOF_BUCKET",
		"PROOF_KEY_SECRET",
		"PROVIDER_TIMEOUT",
		"REFERENCE_KEY_SECRET",
		"REQUEST_TIMEOUT",
		"SECRET_MANAGER_EMULATOR_HOST",
		"SERVICE_IDENTITIES",
		"SERVICE_KEYS_URL",
		"STORAGE_EMULATOR_HOST",
		"USER_AUDIENCE",
		"USER_CLAIM",
		"USER_ISSUER",
		"USER_KEYS_URL",
		"WEBHOOK_URL",
		"WORKSPACE_BURST",
		"WORKSPACE_INSTALL_LINK",
		"WORKSPACE_ORIGINS",
		"WORKSPACE_RATE",
	}
	read, required := testkit.Variables(t, &workspace.Config{})
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GOOGLE_CLOUD_PROJECT", "WEBHOOK_URL"}, required); diff != "" {
		t.Errorf("required variables (-want +got):\n%s", diff)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"IMPORT_TIMEOUT": "0s", "WORKSPACE_RATE": "0", "WORKSPACE_BURST": "0", "WORKSPACE_INSTALL_LINK": "portal/{accountId}", "WORKSPACE_ORIGINS": "https://portal.example.com/path", "REQUEST_TIMEOUT": "0s", "PROVIDER_TIMEOUT": "1m",
		"USER_ISSUER": "nowhere", "META_BASE_URL": "nowhere", "CONSOLE_URL": "nowhere", "WEBHOOK_URL": "nowhere",
	} {
		vars := map[string]string{"WEBHOOK_URL": "https://webhook.example.com", "GOOGLE_CLOUD_PROJECT": testkit.Project, "USER_AUDIENCE": audience, "USER_ISSUER": "https://id.example.com", name: value}
		if got := strings.Join(testkit.Problems(t, &workspace.Config{}, vars), "\n"); !strings.Contains(got, name) {
			t.Errorf("%s=%s: got %q, want it named", name, value, got)
		}
	}
}

// TestConsoleNeedsTLS holds that no link, which lets its holder in, leads over an open wire once the function is deployed.
func TestConsoleNeedsTLS(t *testing.T) {
	t.Parallel()
	vars := map[string]string{
		"WEBHOOK_URL": "https://webhook.example.com", "GOOGLE_CLOUD_PROJECT": testkit.Project, "USER_AUDIENCE": audience, "USER_ISSUER": "https://id.example.com",
		"CONSOLE_URL": "http://console.example.com",
	}
	if got := testkit.Problems(t, &workspace.Config{}, vars); got != nil {
		t.Errorf("on a machine of one's own: got %q", got)
	}
	vars["K_SERVICE"] = "workspace"
	if got, want := testkit.Problems(t, &workspace.Config{}, vars), []string{"CONSOLE_URL must be an https address beside K_SERVICE"}; !cmp.Equal(got, want) {
		t.Errorf("deployed: got %q, want %q", got, want)
	}
}
