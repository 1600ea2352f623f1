package lab

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// AheadVariable tells ops how far the run's time is ahead of the machine's.
const AheadVariable = "LOCAL_AHEAD"

// Export returns the shell's line for a function, or for ops, in a process of its own. It names the local cloud, and in the variables given
// the simulators, so that no message goes to a real provider. Secrets are left out: the other process needs them in its own
// environment.
func Export(cloud string, given map[string]string) string {
	variables := maps.Clone(given)
	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		variables[name] = cloud
	}

	for _, name := range []string{"PLATFORM_TOKEN", "ORDER_LINK_KEY"} {
		delete(variables, name)
	}

	line := []string{"export"}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		line = append(line, name+"="+quote(variables[name]))
	}

	return strings.Join(line, " ")
}

// getEnvironment answers with the line of [Export], for ops beside a local run, whose time it goes by.
func (l *Lab) getEnvironment(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	variables := maps.Clone(l.Variables)
	if ahead := l.Ahead(); ahead > 0 {
		variables[AheadVariable] = ahead.String()
	}

	return httpx.WriteBytes(rw, http.StatusOK, "text/plain; charset=utf-8", []byte(Export(l.Cloud.Addr(), variables)+"\n"))
}
