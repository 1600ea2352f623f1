package packed

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/process"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var packed = flag.Bool("packed", false, "builds every packed function and runs them, as make bundle-check does")

// patience ends a wait that cannot succeed any more, on however busy a machine.
const patience = 2 * time.Minute

// TestPacked builds the packed functions, starts each, has them tell the story together, and ends them.
func TestPacked(t *testing.T) {
	if !*packed {
		t.Skip("NOT RUN: it builds and starts every packed function; make bundle-check runs it")
	}
	all := described(t)
	build(t, all)
	if t.Failed() {
		return
	}

	s := newStage(t, all)
	for _, f := range all {
		if s.start(f); t.Failed() {
			return // the others would only wait for what cannot come
		}
	}
	s.tell()
	s.end()
}

// probes are what each function is asked first: something that it refuses, and that it can refuse only once it has read its
// configuration, and reached the cloud where it looks something up.
var probes = map[string]struct {
	method, path string
	want         int
}{
	"brandapi":  {http.MethodGet, "/order/" + demo.OmarOrder, http.StatusUnauthorized},
	"console":   {http.MethodPost, "/enter/" + strings.Repeat("A", 26), http.StatusNotFound},
	"notify":    {http.MethodPost, "/", http.StatusUnauthorized},
	"receive":   {http.MethodPost, "/", http.StatusUnauthorized},
	"subscribe": {http.MethodGet, world.OrderPath + "1", http.StatusNotFound},
	"sweep":     {http.MethodPost, "/", http.StatusUnauthorized},
	"webhook":   {http.MethodPost, provider.HeartbeatPath, http.StatusUnauthorized},
	"workspace": {http.MethodGet, "/v1/accounts/" + demo.NeemID, http.StatusUnauthorized},
}

// start starts a function, holds its first answer and what it says to a wrong path, and reports how large it is and how long it took. What
// the machine's speed decides is only reported.
func (s *stage) start(f *function) {
	s.t.Helper()
	p, ask := s.processes[f.name], probes[f.name]
	began := time.Now()
	p.Launch()
	var status int
	var err error
	for status, err = s.ask(ask.method, p.URL()+ask.path, ""); err != nil; status, err = s.ask(ask.method, p.URL()+ask.path, "") {
		if s.t.Failed() || time.Since(began) > patience {
			s.t.Fatalf("%s does not answer: %v", f.name, err)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)

	if status != ask.want {
		s.t.Errorf("%s: %s %s: got %d, want %d", f.name, ask.method, ask.path, status, ask.want)
	}
	if status, err = s.ask(http.MethodPost, p.URL()+"/no/such/path", ""); err != nil || status < 400 || status >= 500 {
		s.t.Errorf("%s: a wrong path: got %d, %v, want a refusal", f.name, status, err)
	}
	s.refusesAnotherTarget(f)
	s.t.Logf("| %-9s | zip %4d KiB | binary %5.1f MiB | first answer after %4d ms |",
		f.name, size(s.t, f.zip)>>10, float64(size(s.t, f.binary))/(1<<20), took.Milliseconds())
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}

	return info.Size()
}

// refusesAnotherTarget holds that a process with the name of a function that is not in it ends, and says why.
func (s *stage) refusesAnotherTarget(f *function) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.binary)
	_, port, _ := strings.Cut(process.FreeAddr(s.t), ":")
	cmd.Env = append(os.Environ(), "FUNCTION_TARGET=Nope", "PORT="+port)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() < 1 || !strings.Contains(string(said), "Nope") {
		s.t.Errorf("%s as another function: got %v, want that it ends and names it: %s", f.name, err, said)
	}
}

// ask makes a request, with a bearer token if there is one, and returns the answer's status.
func (s *stage) ask(method, url, token string) (int, error) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := testkit.Client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)

	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// phones are the numbers of the demo's shoppers and apps, as far as they are alike.
var phones = regexp.MustCompile(`9000000\d{3}`)

// end ends every process as the platform does, and reads all that they have said.
func (s *stage) end() {
	s.t.Helper()
	for name, p := range s.processes {
		if err := p.Signal(); err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range s.processes {
		if err := p.Wait(); err != nil {
			s.t.Errorf("%s after SIGTERM: %v", name, err)
		}
		said := p.Output()
		if !strings.Contains(said, "shutting down") {
			s.t.Errorf("%s does not say that it shuts down", name)
		}
		if at := phones.FindStringIndex(said); at != nil {
			s.t.Errorf("%s logs a phone number: %s", name, said[max(0, at[0]-200):at[1]])
		}
		for _, secret := range demo.Secrets() {
			if strings.Contains(said, s.secret(secret)) {
				s.t.Errorf("%s logs the secret %s", name, secret)
			}
		}
		if n := s.answered(name, http.StatusInternalServerError); n > 0 {
			s.t.Errorf("%s answered 500 %d times", name, n)
		}
	}
}
