package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestPrintedLinesWorkOnEveryRun does word for word, and in that order, what make run prints and what README says to try, on a
// fresh state and, after a restart, on the same one. Each request is answered as done.
func TestPrintedLinesWorkOnEveryRun(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl")
	for name, lines := range map[string]func(*testing.T, *world.World) string{"printed": printed, "readme": readmeTry} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for run := range 2 {
				w, end := startOn(t, dir)
				script := lines(t, w)
				if n := strings.Count(script, "curl "); n < 6 {
					t.Fatalf("got %d requests to try in %q", n, script)
				}
				out := shell(t, "set -e\ncurl() { command curl -sS -w '\\nstatus %{http_code}\\n' \"$@\"; }\n"+script, w)
				for line := range strings.Lines(out) {
					if status, is := strings.CutPrefix(line, "status "); is && !strings.HasPrefix(status, "2") {
						t.Errorf("run %d: a request is answered %s:\n%s", run+1, strings.TrimSpace(status), out)
					}
				}
				if got, want := strings.Count(out, "status "), strings.Count(script, "curl ")-strings.Count(script, "() {"); got != want {
					t.Errorf("run %d: got %d answers, want %d:\n%s", run+1, got, want, out)
				}
				end()
			}
		})
	}
}

// TestReadmeAddsABrandThatSends does word for word what README says to add a brand with: its message is on the phone.
func TestReadmeAddsABrandThatSends(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl", "sed")
	w, _ := startOn(t, t.TempDir())
	script := lab.Export(w.Cloud.Addr(), w.Config) + "\nset -e -o pipefail\ncurl() { command curl -sS --fail-with-body \"$@\"; }\n" + readmeShell(t, "functions/README.md", "ops adds a brand")
	before, phone, found := strings.Cut(script, "curl localhost:8080/local/inbox/")
	if !found {
		t.Fatalf("README looks at no phone: %s", script)
	}
	out := shell(t, before, w)
	for _, value := range []string{"clove-house-token", "clove-house-app-secret"} {
		if strings.Contains(strings.Split(out, `[{"accountId"`)[0], value) {
			t.Errorf("got %s, which shows a secret", out)
		}
	}
	if err := w.Cloud.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if inbox := shell(t, "curl -s localhost:8080/local/inbox/"+phone, w); !strings.Contains(inbox, "from Clove House: customer not reachable") {
		t.Errorf("got %s on the phone, want Clove House's message; what was said:\n%s", inbox, out)
	}
}

// TestReadmeLeadsThroughABrandsFirstDay does word for word what README says of a brand's first day: each request is done, and the
// message that comes of them is read on the phone. The wait for it is shorter than a person's, and ends after two minutes.
func TestReadmeLeadsThroughABrandsFirstDay(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl", "sed")
	w, _ := startOn(t, t.TempDir())
	out := shell(t, `set -e -o pipefail
curl() { command curl -sS --fail-with-body "$@"; }
sleep() { ((SECONDS < 120)) || exit 1; command sleep .2; }
`+readmeShell(t, "README.md", "## A brand's first day\n"), w)

	for _, want := range []string{
		`"state":"VERIFIED"`,
		`"suggestion":"customer_name"`,
		"Hi Asha Sample, we could not deliver your order ORD123456 from KapasKraft",
		`"sends":true`,
		`"status":"updated successfully"`,
		`"name":"Asha of Basil Kitchen"`,
		`"kind":"attempt"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %s in what README's commands print:\n%s", want, out)
		}
	}
	if strings.Contains(out, "basil-kitchen-key") {
		t.Errorf("got %s, which shows the credential", out)
	}
	if inbox := shell(t, "curl -s localhost:8080/local/inbox/9000000001", w); !strings.Contains(inbox, "from Basil Kitchen: customer not reachable") {
		t.Errorf("got %s on the phone, want Basil Kitchen's message; what was said:\n%s", inbox, out)
	}
}

// TestReadmeInstallsAtEveryProvider does word for word what README says to install an app at Kaleyra and at BusinessOnBot with.
func TestReadmeInstallsAtEveryProvider(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl", "sed")
	w, _ := startOn(t, t.TempDir())
	out := shell(t, "set -e -o pipefail\n"+readmeShell(t, "functions/README.md", "know a number and a bot that are nobody's yet"), w)
	for _, provider := range []string{"kaleyra", "businessonbot"} {
		if !strings.Contains(out, `"app":{"appId":"`+provider+"-") {
			t.Errorf("no app of %s is installed:\n%s", provider, out)
		}
	}
}

// TestReadmeIsShort holds that README stays a page that is read from beginning to end.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(read(t, "README.md"), "\n"); n >= 200 {
		t.Errorf("README.md has %d lines, want less than 200", n)
	}
}

// printed returns the commands that make run prints.
func printed(t *testing.T, w *world.World) string {
	t.Helper()
	var out bytes.Buffer
	if err := demo.Guide(t.Context(), w, &out); err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(out.String(), ":\n")
	lines, _, _ = strings.Cut(lines, "Ctrl-C")
	return lines
}

// readmeTry returns the commands that README begins "Try it" with.
func readmeTry(t *testing.T, _ *world.World) string {
	t.Helper()
	return readmeShell(t, "README.md", "## Try it\n")
}

// readmeShell returns the first shell block of a document behind a text.
func readmeShell(t *testing.T, doc, behind string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, doc), behind)
	_, block, _ := strings.Cut(rest, "```sh\n")
	block, _, whole := strings.Cut(block, "```")
	if !found || !whole {
		t.Fatalf("%s has no commands behind %q", doc, behind)
	}
	return block
}

// shell runs commands at the repository's root against a world, and returns what they print.
func shell(t *testing.T, script string, w *world.World) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(script, "localhost:8080", strings.TrimPrefix(w.URL, "http://")))
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
	return string(out)
}

// requireTools skips a test where a program is missing.
func requireTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

// startOn starts the world of make run on the state in a directory; end ends it, and else the test does.
func startOn(t *testing.T, dir string) (w *world.World, end func()) {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{Path: dir, Secrets: demo.Secrets(), Prepare: demo.Seed})
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return w, end
}
