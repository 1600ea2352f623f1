package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
)

const marks = "X-Whatsapp-Notifications-Via"

// service returns a client of a service of ours.
func service(project, service, base string) *platform.Client {
	c := platform.Config{BaseURL: base, OrderPath: "/_ah/api/esb/v2/order/", Timeout: patience, Service: service}
	return platform.New(c, project, httpx.Client(time.Minute, base))
}

// markOf returns what a service's requests carry, after those that its own request came with.
func markOf(t *testing.T, project, name string, earlier http.Header) http.Header {
	t.Helper()
	var got http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_, _ = w.Write([]byte("{}"))
	}))
	defer srv.Close()
	c := service(project, name, srv.URL)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header = earlier
	ctx, err := c.RefuseLoop(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Order(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	return http.Header{"Via": got.Values("Via"), marks: got.Values(marks)}
}

func TestOwnMarkIsRefused(t *testing.T) {
	t.Parallel()
	own := markOf(t, project, "subscribe", http.Header{})
	mark := own.Get(marks)
	if diff := cmp.Diff(http.Header{"Via": {"1.1 " + mark}, marks: {mark}}, own); diff != "" || strings.Contains(mark, project) {
		t.Fatalf("mark %q (-want +got):\n%s", mark, diff)
	}
	foreign := markOf(t, project, "notify", http.Header{}).Get(marks)
	many := strings.Repeat("wn-0123456789abcdef0123456789abcdef, ", 20)
	var different strings.Builder
	for _, digit := range "0123456789" {
		different.WriteString(" wn-" + strings.Repeat(string(digit), 32) + ",")
	}
	for _, tc := range []struct {
		name    string
		header  http.Header
		refused bool
	}{
		{"none", http.Header{}, false},
		{"proxies", http.Header{"Via": {"1.1 google, 1.0 fred (Apache/1.1)"}}, false},
		{"another_service", http.Header{marks: {foreign}}, false},
		{"another_project", http.Header{marks: {markOf(t, "other-project", "subscribe", http.Header{}).Get(marks)}}, false},
		{"one_of_ours_many_times", http.Header{marks: {many}}, false},
		{"only_via", http.Header{"Via": {"1.1 " + mark}}, true},
		{"only_ours", http.Header{marks: {mark}}, true},
		{"last_in_a_list", http.Header{"Via": {"1.0 fred, 1.1 google,1.1 " + mark}}, true},
		{"first_in_a_list", http.Header{"Via": {"1.1 " + mark + ", 1.1 google"}}, true},
		{"in_the_middle_with_a_comment", http.Header{"Via": {"1.0 fred,\t1.1 " + mark + " (ours) , 1.1 google"}}, true},
		{"in_another_line", http.Header{"Via": {"1.1 google", "1.1 " + mark}}, true},
		{"among_other_services", http.Header{marks: {foreign + ", " + mark}}, true},
		{"in_capitals", http.Header{marks: {strings.ToUpper(mark)}}, true},
		{"too_many_services", http.Header{marks: {different.String()}}, true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header = tc.header
		_, err := service(project, "subscribe", "https://platform.test").RefuseLoop(r)
		if tc.refused != fault.Is(err, fault.Loop) || !tc.refused && err != nil {
			t.Errorf("%s: got %v, want refused %v", tc.name, err, tc.refused)
		}
	}
}

// TestMarksAreHandedOn holds that a circle through another deployment of ours is seen too.
func TestMarksAreHandedOn(t *testing.T) {
	t.Parallel()
	first := markOf(t, project, "subscribe", http.Header{})
	second := markOf(t, "other-project", "subscribe", first)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header = second
	if _, err := service(project, "subscribe", "https://platform.test").RefuseLoop(r); !fault.Is(err, fault.Loop) {
		t.Errorf("got %v, want a loop: %v", err, second)
	}
}

func TestPlatformsOwnAddressIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, base, url string
		refused         bool
	}{
		{"itself", "https://portal.example.com", "http://portal.example.com/_ah/api/esb/v2/order/1", true},
		{"spelled_otherwise", "https://Portal.example.com.:443/", "http://portal.EXAMPLE.com/_ah/api/esb/v2/order/1", true},
		{"with_a_port", "http://127.0.0.1:8080", "http://127.0.0.1:8080/_ah/api/esb/v2/order/1", true},
		{"another_port", "http://127.0.0.1:8081", "http://127.0.0.1:8080/_ah/api/esb/v2/order/1", false},
		{"another_host", "https://platform.example.com", "http://portal.example.com/_ah/api/esb/v2/order/1", false},
		{"another_path", "http://127.0.0.1:8080/sim/platform", "http://127.0.0.1:8080/_ah/api/esb/v2/order/1", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.url, nil)
		if _, err := service(project, "subscribe", tc.base).RefuseLoop(r); tc.refused != fault.Is(err, fault.Loop) {
			t.Errorf("%s: got %v, want refused %v", tc.name, err, tc.refused)
		}
	}
}
