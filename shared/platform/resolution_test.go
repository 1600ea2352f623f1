package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
)

// attempt asks for another attempt, with all that can go with it.
func attempt() platform.Resolution {
	return platform.Resolution{
		OrderNumber: "NC-20417", Code: "ACTF001", TrackingID: "DL0099887766", Phone: "9000000001", Remarks: "rings twice",
		Shipping: platform.ShippingDetails{
			Name: "Ira Sample", Email: "ira@example.test", CurrentAddress: "12 Sample Street", UpdatedAddress: "14 Sample Street",
			Landmark: "Example Well", Notes: "after six",
		},
	}
}

// newResolver returns a resolver of a platform at an address, with other variables in pairs.
func newResolver(t *testing.T, base string, more ...string) *platform.Resolver {
	t.Helper()
	env := map[string]string{"PLATFORM_BASE_URL": base, "PLATFORM_TOKEN": token, "PLATFORM_TIMEOUT": patience.String()}
	for i := 0; i < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	var c platform.ResolutionConfig
	if err := config.Load(t.Context(), config.Map(env), &c); err != nil {
		t.Fatal(err)
	}
	return platform.NewResolver(c, project, httpx.Client(time.Minute, c.Addresses()...))
}

func TestResolveBody(t *testing.T) {
	t.Parallel()
	another := attempt()
	another.Day = "2026-11-25" // of no use with this code
	bare := platform.Resolution{OrderNumber: "NC-20417", Code: "ACTF003", TrackingID: "DL0099887766", Phone: "9000000001"}
	later := attempt()
	later.Code, later.Day = "ACTF002", "2026-11-25"
	for name, tc := range map[string]struct {
		a      platform.Resolution
		layout string
	}{
		"attempt": {another, ""}, "cancel": {bare, ""}, "date": {later, "yyyy-mm-dd"}, "date_day_first": {later, "dd-mm-yyyy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				fmt.Fprintf(&got, "%s %s\nAuthorization: %s\nContent-Type: %s\n\n", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Content-Type"))
				if err := json.Indent(&got, body, "", "  "); err != nil {
					t.Error(err)
				}
				if r.Header.Get(marks) == "" {
					t.Error("the request has no mark")
				}
				_, _ = w.Write([]byte("no JSON"))
			}))
			t.Cleanup(srv.Close)
			if err := newResolver(t, srv.URL+"/base/", "PLATFORM_DEFERRED_DATE", tc.layout).Resolve(t.Context(), tc.a); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			file := filepath.Join("testdata", "resolution_"+name+".http")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveAtItsOwnAddress(t *testing.T) {
	t.Parallel()
	var path string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path }))
	t.Cleanup(srv.Close)
	r := newResolver(t, "https://platform.example.com", "PLATFORM_RESOLUTION_URL", srv.URL+"/wms/resolve")
	if err := r.Resolve(t.Context(), attempt()); err != nil || path != "/wms/resolve" {
		t.Errorf("got %q, %v, want the configured address", path, err)
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	type answer struct {
		kind    fault.Kind
		inDoubt bool
	}
	taken := answer{kind: -1}
	refused, passing, doubt := answer{kind: fault.Invalid}, answer{kind: fault.Unavailable}, answer{fault.Upstream, true}
	want := map[int]answer{
		200: taken, 201: taken, 202: taken, 204: taken,
		400: refused, 404: refused, 405: refused, 410: refused, 413: refused, 415: refused, 422: refused,
		401: passing, 403: passing, 425: passing, 429: passing, 503: passing,
		409: {kind: fault.Conflict}, 508: {kind: fault.Loop},
		300: doubt, 302: doubt, 307: doubt, 408: doubt, 500: doubt, 501: doubt, 502: doubt, 504: doubt, 520: doubt,
	}
	for status, tc := range want {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/")
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(status)
				if status != http.StatusNoContent {
					_, _ = w.Write([]byte(secret))
				}
			}))
			t.Cleanup(srv.Close)
			err := newResolver(t, srv.URL).Resolve(t.Context(), attempt())
			if tc == taken {
				if err != nil {
					t.Errorf("%d: got %v, want success", status, err)
				}
				return
			}
			if !fault.Is(err, tc.kind) || errors.Is(err, platform.ErrInDoubt) != tc.inDoubt {
				t.Errorf("%d: got %v of %v, want %v", status, err, fault.KindOf(err), tc.kind)
			}
			s, ok := errors.AsType[*platform.StatusError](err)
			if ok == (tc.kind == fault.Loop) || ok && (s.Status != status || s.RetryAfter != 7*time.Second) {
				t.Errorf("%d: got %+v, want the status and the wait", status, s)
			}
			saysNothing(t, err)
		})
	}
}

// saysNothing holds that an error has nothing of the action but its order's number.
func saysNothing(t *testing.T, err error) {
	t.Helper()
	for _, word := range []string{token, secret, "127.0.0.1", "9000000001", "Ira", "ira@", "Sample", "rings"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("%q says %q", err, word)
		}
	}
	if !strings.Contains(err.Error(), "NC-20417") {
		t.Errorf("%q does not name the order", err)
	}
}

func TestResolveWithoutAWholeAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		want fault.Kind // -1 for success
	}{
		"reset": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Upstream},
		"slow": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
			<-r.Context().Done()
		}, fault.Upstream},
		"success_cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(secret))
		}, -1},
		"refusal_cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(secret))
		}, fault.Invalid},
		"success_that_never_ends": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tc.h)
			t.Cleanup(srv.Close)
			timeout := patience
			if name == "slow" {
				timeout = 50 * time.Millisecond
			}
			err := newResolver(t, srv.URL, "PLATFORM_TIMEOUT", timeout.String()).Resolve(t.Context(), attempt())
			if tc.want == -1 {
				if err != nil {
					t.Errorf("got %v, want success", err)
				}
				return
			}
			if !fault.Is(err, tc.want) || errors.Is(err, platform.ErrInDoubt) != (tc.want == fault.Upstream) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			saysNothing(t, err)
		})
	}
}

func TestResolveThatNeverLeft(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	r := newResolver(t, srv.URL)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), cancelled} {
		err := r.Resolve(ctx, attempt())
		if !fault.Is(err, fault.Unavailable) || errors.Is(err, platform.ErrInDoubt) {
			t.Errorf("got %v, want unavailable and no doubt", err)
		}
		saysNothing(t, err)
	}
}

func TestResolveLacksWhatIsRequired(t *testing.T) {
	t.Parallel()
	r := newResolver(t, "http://platform.test")
	for want, edit := range map[string]func(*platform.Resolution){
		"customerOrderNumber": func(a *platform.Resolution) { a.OrderNumber = "" },
		"resolutionCode":      func(a *platform.Resolution) { a.Code = "" },
		"trackingId":          func(a *platform.Resolution) { a.TrackingID = "" },
		"contactPhoneNumber":  func(a *platform.Resolution) { a.Phone = "" },
		"deferredDate":        func(a *platform.Resolution) { a.Code, a.Day = "ACTF002", "25-11-2026" },
	} {
		a := attempt()
		edit(&a)
		if err := r.Resolve(t.Context(), a); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s named", err, want)
		}
	}
}

func TestResolutionPrintsNoShopper(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprintf("%v %+v", attempt(), []any{attempt()}); strings.Contains(got, "9000000001") || strings.Contains(got, "Sample") {
		t.Errorf("got %s", got)
	}
}

func TestResolutionConfigValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ url, layout, want string }{
		{"", "yyyy-mm-dd", ""},
		{"https://wms.example.com/api/v2/ndrResolution", "dd-mm-yyyy", ""},
		{"wms.example.com", "yyyy-mm-dd", "PLATFORM_RESOLUTION_URL is not an http or https address"},
		{"https://hooks.example.com/x", "yyyy-mm-dd", "PLATFORM_RESOLUTION_URL is at one of PUBLIC_HOSTS: it must be the platform's address, not our own"},
		{"", "mm-dd-yyyy", "PLATFORM_DEFERRED_DATE must be yyyy-mm-dd or dd-mm-yyyy"},
	} {
		var c platform.ResolutionConfig
		err := config.Load(t.Context(), config.Map(map[string]string{
			"PLATFORM_BASE_URL": "https://platform.example.com", "PUBLIC_HOSTS": "hooks.example.com",
			"PLATFORM_RESOLUTION_URL": tc.url, "PLATFORM_DEFERRED_DATE": tc.layout,
		}), &c)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.url, tc.layout, got, tc.want)
		}
	}
}
