package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestDeployedFunctionsKnowWhoPushes holds that no function which takes pushes starts on Cloud Run without the configuration that
// says whose, or with the local cloud's.
func TestDeployedFunctionsKnowWhoPushes(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	local := testkit.Cloud(t, clk)
	const audience, account = "PUSH_AUDIENCE is required", "PUSH_SERVICE_ACCOUNT is required"
	for name, build := range map[string]boot.Builder{"notify": notify.New, "receive": receive.New, "sweep": sweep.New} {
		for _, tc := range []struct {
			name   string
			change map[string]string
			want   []string
		}{
			{"nothing", nil, []string{audience, account}},
			{"no_audience", map[string]string{"PUSH_SERVICE_ACCOUNT": world.PushAccount}, []string{audience}},
			{"no_account", map[string]string{"PUSH_AUDIENCE": world.PushAudience}, []string{account}},
			{"local_cloud", world.PushEnvironment(local.KeysURL()), []string{
				"PUSH_KEYS_URL must not be set beside K_SERVICE: a deployed function takes Google's tokens only",
				"PUSH_ISSUER must not be set beside K_SERVICE: a deployed function takes Google's tokens only",
			}},
		} {
			vars := world.Environment("http://localhost", world.Project)
			vars["K_SERVICE"] = name
			maps.Copy(vars, tc.change)
			_, err := build(t.Context(), testkit.Function(t, local, clk, &testkit.Log{}, vars))
			if err == nil || err.Error() != strings.Join(tc.want, "\n") {
				t.Errorf("%s with %s: got %v, want %q", name, tc.name, err, tc.want)
			}
		}
	}
}

// TestDeployedWorkspaceKnowsWhoCalls holds the same of the function that people call.
func TestDeployedWorkspaceKnowsWhoCalls(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	local := testkit.Cloud(t, clk)
	const console = "CONSOLE_URL must be an https address beside K_SERVICE"
	for name, tc := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"nothing":     {nil, []string{"USER_ISSUER is required", "USER_AUDIENCE is required", console}},
		"local_cloud": {world.UserEnvironment(local.KeysURL()), []string{"USER_KEYS_URL must be an https address beside K_SERVICE", console}},
	} {
		vars := world.Environment("http://localhost", world.Project)
		vars["K_SERVICE"] = "workspace"
		maps.Copy(vars, tc.change)
		_, err := workspace.New(t.Context(), testkit.Function(t, local, clk, &testkit.Log{}, vars))
		if err == nil || err.Error() != strings.Join(tc.want, "\n") {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
}
