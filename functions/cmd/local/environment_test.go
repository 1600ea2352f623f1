package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// TestEnvironmentIsHonoured sets variables of each sort. Those that the functions read go before what a local run sets; those
// that a local run decides are named.
func TestEnvironmentIsHonoured(t *testing.T) {
	t.Parallel()
	honoured := map[string]string{
		"PORTAL_ORIGINS":   "https://portal.example.com, https://other.example.com",
		"META_BASE_URL":    "https://meta.example.com",
		"WEBHOOK_URL":      "https://hooks.example.com",
		"LOG_LEVEL":        "DEBUG",
		"GRACE":            "50s",
		"SWEEP_FOR":        "1s",
		"SHUTDOWN_GRACE":   "1s",
		"ORDER_LINK_KEY":   "a key that links are signed with",
		"BRANDAPI_RATE":    "3",
		"META_VERSION":     "v27.0",
		"PLATFORM_TIMEOUT": "9s",
	}
	set := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "a-real-project", "K_SERVICE": "notify", "PUSH_AUDIENCE": "https://push.example.com",
		"ORDER_EVENTS_TOPIC": "others", "PHONE_KEY_SECRET": "other", "REPLIES": "not read", "LEASE": " ",
	}
	maps.Copy(set, honoured)

	used, ignored := functionVariables(t.Context(), config.Map(set))
	want := maps.Clone(localDefaults)
	maps.Copy(want, honoured)
	if diff := cmp.Diff(want, used); diff != "" {
		t.Errorf("variables of the functions (-want +got):\n%s", diff)
	}
	names := []string{"GOOGLE_CLOUD_PROJECT", "K_SERVICE", "ORDER_EVENTS_TOPIC", "PHONE_KEY_SECRET", "PUSH_AUDIENCE"}
	if diff := cmp.Diff(names, ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

// TestEveryVariableIsHonouredOrNamed holds that a local run knows all variables that README lists.
func TestEveryVariableIsHonouredOrNamed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range variableNames(t.Context()) {
		known[name] = true
	}
	for name := range readmeTable(t) {
		if !known[name] {
			t.Errorf("%s is neither honoured nor named when it is ignored", name)
		}
	}
}

// TestPortalOriginOfTheEnvironment has a browser's page of another origin than the default call the portal's route.
func TestPortalOriginOfTheEnvironment(t *testing.T) {
	t.Parallel()
	const origin = "https://portal.example.com"
	used, _ := functionVariables(t.Context(), config.Map(map[string]string{"PORTAL_ORIGINS": origin}))
	w := live.Start(t, live.Options{Config: used})
	if got := w.Config["PORTAL_ORIGINS"]; got != origin {
		t.Errorf("got %q, want the environment's", got)
	}
	if code, _ := w.Do("GET", world.OrderPath+"51230077", nil, "Origin", origin); code != 200 {
		t.Errorf("got %d, want 200", code)
	}
}

// TestExportOfHonouredVariables holds that a value with blanks is one word, and that no secret is printed.
func TestExportOfHonouredVariables(t *testing.T) {
	t.Parallel()
	got := export("127.0.0.1:1", map[string]string{"PORTAL_ORIGINS": "https://a.test, https://it's.test", "PLATFORM_TOKEN": "secret", "ORDER_LINK_KEY": "secret"})
	want := "export FIRESTORE_EMULATOR_HOST=127.0.0.1:1 PORTAL_ORIGINS='https://a.test, https://it'\\''s.test' " +
		"PUBSUB_EMULATOR_HOST=127.0.0.1:1 SECRET_MANAGER_EMULATOR_HOST=127.0.0.1:1"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
