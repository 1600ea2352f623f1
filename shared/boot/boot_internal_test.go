package boot

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// deployed is a function that is registered as Deployed does it, with an environment and a log of the test's.
func deployed(vars map[string]string, build Builder) (*lazy, *bytes.Buffer) {
	logs := &bytes.Buffer{}
	return &lazy{name: "sample", build: build, lookuper: config.Map(vars), logs: logs, exit: os.Exit}, logs
}

func get(t *testing.T, l *lazy) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	l.serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	return w
}

func teapot(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }

func TestDeployedBuildsOnceAtTheFirstRequest(t *testing.T) {
	t.Parallel()
	var built atomic.Int32
	vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo", "OF_THE_FUNCTION": "here"}
	l, _ := deployed(vars, func(_ context.Context, f Function) (http.Handler, error) {
		built.Add(1)
		if v, _ := f.Lookuper.Lookup("OF_THE_FUNCTION"); v != "here" || f.Clock == nil || f.Logger == nil || f.Lifecycle == nil {
			t.Errorf("got variable %q and %+v, want all that a function is built with", v, f)
		}
		return http.HandlerFunc(teapot), nil
	})
	if built.Load() != 0 {
		t.Error("the function was built before a request")
	}

	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if w := get(t, l); w.Code != http.StatusTeapot {
				t.Errorf("got %d, want the function's answer", w.Code)
			}
		})
	}
	calls.Wait()

	if built.Load() != 1 {
		t.Errorf("the function was built %d times, want once", built.Load())
	}
}

func TestDeployedTriesAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	var closed []string
	fails := true
	l, logs := deployed(map[string]string{"GOOGLE_CLOUD_PROJECT": "demo"}, func(_ context.Context, f Function) (http.Handler, error) {
		for _, name := range []string{"store", "publisher"} {
			f.OnClose(name, func(context.Context) error { closed = append(closed, name); return nil })
		}
		if fails {
			return nil, errors.New("TOPIC is required")
		}
		return http.HandlerFunc(teapot), nil
	})

	if w := get(t, l); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "TOPIC") {
		t.Errorf("got %d %s, want 500 without the reason", w.Code, w.Body)
	}
	if line := logs.String(); !strings.Contains(line, "TOPIC is required") || !strings.Contains(line, `"route":"sample"`) {
		t.Errorf("got log %s, want the function and the reason", line)
	}
	if got := strings.Join(closed, " "); got != "publisher store" {
		t.Errorf("got closed %q, want what was opened, the last first", got)
	}

	fails, closed = false, nil
	if w := get(t, l); w.Code != http.StatusTeapot || closed != nil {
		t.Errorf("got %d, closed %v, want the function's answer and nothing closed", w.Code, closed)
	}
}

func TestDeployedNamesWhatItsProcessLacks(t *testing.T) {
	t.Parallel()
	l, logs := deployed(map[string]string{"SHUTDOWN_GRACE": "secret-value"}, func(context.Context, Function) (http.Handler, error) {
		t.Error("the function was built without its process's configuration")
		return nil, errors.New("not reached")
	})
	if w := get(t, l); w.Code != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", w.Code)
	}
	line := logs.String()
	if !strings.Contains(line, "GOOGLE_CLOUD_PROJECT is required") || !strings.Contains(line, "SHUTDOWN_GRACE cannot be read") {
		t.Errorf("got log %s, want both variables", line)
	}
	if strings.Contains(line, "secret-value") {
		t.Errorf("the log shows a value: %s", line)
	}
}

func TestOnCloseWithoutLifecycle(t *testing.T) {
	t.Parallel()
	Function{}.OnClose("store", func(context.Context) error { t.Error("closed"); return nil })
}
