package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (s Suite) requests(t *testing.T) {
	t.Parallel()

	sender := s.sender(t)
	for _, c := range s.Templates {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s.golden(t, c.Name, func() (*http.Request, error) {
				return sender.BuildTemplate(t.Context(), s.App, c.Message)
			})
		})
	}
}

// Golden is for a request that no case of a suite makes, such as one that changes a setting: it is built twice, which must be the same, and
// compared with its file. The suite needs its folder and its app.
func (s Suite) Golden(t *testing.T, name string, build func() (*http.Request, error)) {
	t.Helper()
	s.golden(t, name, build)
}

// golden builds a request twice, which must be the same, and compares it with its file.
func (s Suite) golden(t *testing.T, name string, build func() (*http.Request, error)) {
	t.Helper()

	var dumps [2]string
	for i := range dumps {
		req, err := build()
		if err != nil {
			t.Fatalf("build: %v", err)
		}
		if req.Context() != t.Context() {
			t.Error("request lost its context")
		}
		if dumps[i], err = s.dump(req); err != nil {
			t.Fatalf("dump: %v", err)
		}
	}
	if dumps[0] != dumps[1] {
		t.Errorf("built twice, differs (-first +second):\n%s", cmp.Diff(dumps[0], dumps[1]))
	}

	compare(t, filepath.Join(s.Dir, "send", name+".golden"), dumps[0])
}

func (s Suite) unbuildable(t *testing.T) {
	t.Parallel()

	sender := s.sender(t)
	for _, c := range s.Unbuildable {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if req, err := sender.BuildTemplate(t.Context(), s.App, c.Message); err == nil {
				t.Errorf("got a request %s %s, want an error", req.Method, req.URL.Path)
			}
		})
	}
}

// dump writes a request for reading: without the secret, forms field by field, JSON indented.
func (s Suite) dump(req *http.Request) (string, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", req.Method, req.URL)

	for _, name := range sortedKeys(req.Header) {
		value := strings.ReplaceAll(strings.Join(req.Header[name], ", "), s.App.Secret.Reveal(), "<secret>")
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}

	b.WriteString("\n")

	shown, err := readable(req.Header.Get("Content-Type"), body)
	if err != nil {
		return "", err
	}

	b.WriteString(shown)
	if strings.Contains(b.String(), s.App.Secret.Reveal()) {
		return "", fmt.Errorf("the secret stands outside the headers")
	}

	return b.String(), nil
}

func readable(contentType string, body []byte) (string, error) {
	switch {
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", fmt.Errorf("form: %w", err)
		}
		if form.Has("") {
			return "", fmt.Errorf("form has a field without a name")
		}

		var b strings.Builder
		for pair := range strings.SplitSeq(string(body), "&") {
			name, value, _ := strings.Cut(pair, "=")
			// ParseQuery has read both already.
			name, _ = url.QueryUnescape(name)
			value, _ = url.QueryUnescape(value)
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}

		return b.String(), nil
	case strings.HasPrefix(contentType, "application/json"):
		var out bytes.Buffer
		if err := json.Indent(&out, body, "", "  "); err != nil {
			return "", fmt.Errorf("body: %w", err)
		}
		return out.String() + "\n", nil
	default:
		return string(body), nil
	}
}

// compare checks text against a golden file, or writes it.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatalf("update: %v", err)
		}
		return
	}

	want, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatalf("golden file (run with -update to write it): %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(path), diff)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}

	slices.Sort(keys)

	return keys
}
