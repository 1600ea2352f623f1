package gupshup

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func list(templates ...string) string {
	return `{"status":"success","templates":[` + strings.Join(templates, ",") + `]}`
}

func small(id string) string { return `{"id":"` + id + `","data":"x"}` }

func TestTemplate(t *testing.T) {
	t.Parallel()
	one := `{"status":"success","template":` + sample + `}`
	foreign := reply{502, "<html>bad gateway</html>"}
	tests := []struct {
		name    string
		replies map[string][]reply
		is      error
		class   message.Class
	}{
		{name: "by_id", replies: map[string][]reply{getOne: {{200, one}}}},
		{name: "unknown", replies: map[string][]reply{getOne: {{400, ownError("Template Does Not Exist")}}}, is: provider.ErrNoTemplate},
		{name: "unknown_404", replies: map[string][]reply{getOne: {{404, ownError("x")}}}, is: provider.ErrNoTemplate},
		{name: "bad_key", replies: map[string][]reply{getOne: {{401, ownError("Authentication Failed")}}}, class: message.ClassAccount},
		{name: "bad_app", replies: map[string][]reply{getOne: {{400, ownError("Invalid app id provided")}}}, class: message.ClassAccount},
		{name: "throttled", replies: map[string][]reply{getOne: {{429, ownError("Too Many Requests")}}}, class: message.ClassThrottled},
		{name: "down", replies: map[string][]reply{getOne: {foreign}}, class: message.ClassUnknown},
		{name: "no_such_path_so_listed", replies: map[string][]reply{getList + "0": {{200, list(small("t0"), sample)}}}},
		{name: "odd_answer_so_listed", replies: map[string][]reply{
			getOne: {{200, `{"status":"success","data":[]}`}}, getList + "0": {{200, list(sample)}},
		}},
		{name: "other_template_so_listed", replies: map[string][]reply{
			getOne: {{200, `{"template":` + small("t9") + `}`}}, getList + "0": {{200, list(sample)}},
		}},
		{name: "listed_but_not_there", replies: map[string][]reply{
			getList + "0": {{200, list(small("t0"))}}, getList + "1": {{200, list()}},
		}, is: provider.ErrNoTemplate},
		{name: "list_fails", replies: map[string][]reply{getList + "0": {foreign}}, class: message.ClassUnknown},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, p, client := newFake(t, tc.replies)
			got, err := p.Template(t.Context(), client, testApp(), testID)
			switch {
			case tc.is != nil:
				if !errors.Is(err, tc.is) {
					t.Errorf("got %v, want %v", err, tc.is)
				}
			case tc.class != "":
				e, ok := errors.AsType[*provider.SendError](err)
				if !ok || e.Class != tc.class {
					t.Errorf("got %v, want class %s", err, tc.class)
				}
			case err != nil:
				t.Fatalf("got %v", err)
			default:
				if diff := cmp.Diff(sampleTemplate(), got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	refused := reply{400, ownError("pageNo out of range")}
	tests := []struct {
		name     string
		replies  map[string][]reply
		want     []string
		requests int
		fails    bool
	}{
		{name: "empty", replies: map[string][]reply{getList + "0": {{200, list()}}}, requests: 1},
		{name: "pages", replies: map[string][]reply{
			getList + "0": {{200, list(small("a"), small("b"))}}, getList + "1": {{200, list(small("c"))}}, getList + "2": {{200, list()}},
		}, want: []string{"a", "b", "c"}, requests: 3},
		{name: "pages_ignored", replies: map[string][]reply{
			getList + "0": {{200, list(small("a"), small("b"))}}, getList + "1": {{200, list(small("a"), small("b"))}},
		}, want: []string{"a", "b"}, requests: 2},
		{name: "page_refused_after_the_last", replies: map[string][]reply{
			getList + "0": {{200, list(small("a"))}}, getList + "1": {refused},
		}, want: []string{"a"}, requests: 2},
		{name: "first_page_refused", replies: map[string][]reply{getList + "0": {refused}}, requests: 1, fails: true},
		{name: "second_page_down", replies: map[string][]reply{
			getList + "0": {{200, list(small("a"))}}, getList + "1": {{503, "<html>"}},
		}, requests: 2, fails: true},
		{name: "not_a_list", replies: map[string][]reply{getList + "0": {{200, `{"status":"success"}`}}}, requests: 1, fails: true},
		{name: "odd_entries", replies: map[string][]reply{
			getList + "0": {{200, list(`7`, `null`, `{}`, small("a"))}}, getList + "1": {{200, list()}},
		}, want: []string{"a"}, requests: 2},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, p, client := newFake(t, tc.replies)
			all, err := p.Templates(t.Context(), client, testApp())
			if (err != nil) != tc.fails {
				t.Fatalf("got %v, want an error: %v", err, tc.fails)
			}
			var ids []string
			for _, one := range all {
				ids = append(ids, one.ID)
			}
			if diff := cmp.Diff(tc.want, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if got := f.requests(); len(got) != tc.requests {
				t.Errorf("got %d requests, want %d: %q", len(got), tc.requests, got)
			}
		})
	}
}

func TestTemplatesWithoutEnd(t *testing.T) {
	t.Parallel()
	replies := map[string][]reply{}
	for page := range 2 * maxPages {
		replies[fmt.Sprintf("%s%d", getList, page)] = []reply{{200, list(small(fmt.Sprintf("t%d", page)))}}
	}
	f, p, client := newFake(t, replies)
	if _, err := p.Templates(t.Context(), client, testApp()); !errors.Is(err, errEndless) {
		t.Errorf("got %v, want %v", err, errEndless)
	}
	if got := len(f.requests()); got != maxPages {
		t.Errorf("got %d requests, want %d", got, maxPages)
	}
}
