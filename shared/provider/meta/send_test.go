package meta

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The provider is all that it says it is.
var (
	_ provider.Provider          = (*Provider)(nil)
	_ provider.TemplateSender    = (*Provider)(nil)
	_ provider.TextSender        = (*Provider)(nil)
	_ provider.ButtonSender      = (*Provider)(nil)
	_ provider.TemplateCatalogue = (*Provider)(nil)
	_ provider.CredentialChecker = (*Provider)(nil)
	_ provider.Subscriber        = (*Provider)(nil)
	_ provider.WebhookSource     = (*Provider)(nil)
	_ provider.Handshaker        = (*Provider)(nil)
	_ provider.MixedWebhook      = (*Provider)(nil)
)

func buttons(tb testing.TB) provider.ButtonMessage {
	tb.Helper()
	return provider.ButtonMessage{
		To: testPhone(tb), Text: "When shall we come?", Ref: "ref.1",
		Buttons: []provider.ReplyButton{{ID: "slot-1", Title: "Today"}, {ID: "slot-2", Title: "Tomorrow"}},
	}
}

func TestBuildButtons(t *testing.T) {
	t.Parallel()
	req, err := New(Config{BaseURL: "https://graph.test/", Version: "v25.0"}).BuildButtons(t.Context(), testApp(), buttons(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := req.URL.String(), "https://graph.test/v25.0/"+testNumber+"/messages"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+919000000007","type":"interactive",` +
		`"biz_opaque_callback_data":"ref.1","interactive":{"type":"button","body":{"text":"When shall we come?"},"action":{"buttons":[` +
		`{"type":"reply","reply":{"id":"slot-1","title":"Today"}},{"type":"reply","reply":{"id":"slot-2","title":"Tomorrow"}}]}}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func TestUnbuildableSessionMessages(t *testing.T) {
	t.Parallel()
	p, ctx, app := New(Config{}), t.Context(), testApp()
	for name, change := range map[string]func(*provider.ButtonMessage){
		"no_recipient": func(m *provider.ButtonMessage) { m.To = phone.Number{} },
		"no_text":      func(m *provider.ButtonMessage) { m.Text = "" },
		"long_text":    func(m *provider.ButtonMessage) { m.Text = strings.Repeat("é", 1025) },
		"no_buttons":   func(m *provider.ButtonMessage) { m.Buttons = nil },
		"four_buttons": func(m *provider.ButtonMessage) {
			m.Buttons = append(m.Buttons, provider.ReplyButton{ID: "3", Title: "3"}, provider.ReplyButton{ID: "4", Title: "4"})
		},
		"no_id":      func(m *provider.ButtonMessage) { m.Buttons[0].ID = "" },
		"no_title":   func(m *provider.ButtonMessage) { m.Buttons[0].Title = "" },
		"long_title": func(m *provider.ButtonMessage) { m.Buttons[0].Title = strings.Repeat("x", 21) },
		"long_id":    func(m *provider.ButtonMessage) { m.Buttons[0].ID = strings.Repeat("x", 257) },
		"same_id":    func(m *provider.ButtonMessage) { m.Buttons[0].ID = "slot-2" },
		"same_title": func(m *provider.ButtonMessage) { m.Buttons[0].Title = "Tomorrow" },
		"long_ref":   func(m *provider.ButtonMessage) { m.Ref = strings.Repeat("r", 513) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := buttons(t)
			change(&m)
			if _, err := p.BuildButtons(ctx, app, m); err == nil || strings.Contains(err.Error(), "Today") {
				t.Errorf("got %v, want an error without what was to be sent", err)
			}
		})
	}
	for _, text := range []string{"", strings.Repeat("é", 4097)} {
		if _, err := p.BuildText(ctx, app, provider.TextMessage{To: testPhone(t), Text: text}); !errors.Is(err, errText) {
			t.Errorf("text of %d bytes: got %v, want %v", len(text), err, errText)
		}
	}
	if _, err := p.BuildText(ctx, app, provider.TextMessage{Text: "x"}); !errors.Is(err, errNoRecipient) {
		t.Errorf("no recipient: got %v, want %v", err, errNoRecipient)
	}
	if _, err := New(Config{BaseURL: "://"}).BuildText(ctx, app, provider.TextMessage{To: testPhone(t), Text: "x"}); !errors.Is(err, errBase) {
		t.Errorf("bad address: got %v, want %v", err, errBase)
	}
}

func TestCheckConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*provider.App)
		want   string
	}{
		"blank_token":   {func(a *provider.App) { a.Secret = config.NewSecret(" \n") }, "accessToken"},
		"number":        {func(a *provider.App) { a.Number = "+91 90000" }, "number"},
		"id_with_slash": {func(a *provider.App) { a.ProviderIDs = map[string]string{KeyPhoneNumberID: "1/2", KeyWABAID: "3"} }, KeyPhoneNumberID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := testApp()
			c.change(&app)
			if err := New(Config{}).CheckConfig(app); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that names %s", err, c.want)
			}
		})
	}
	noNumber := testApp()
	noNumber.Number, noNumber.Signing = "", nil
	if err := New(Config{}).CheckConfig(noNumber); err != nil {
		t.Errorf("without number and app secret, as sending needs neither: got %v", err)
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"88412?s=wa&x=1": "88412?s=wa&x=1", "a b": "a%20b", "é": "%C3%A9", "50%": "50%25", "50%25": "50%25", "%zz": "%25zz",
		`"<>\^{|}` + "`": "%22%3C%3E%5C%5E%7B%7C%7D%60",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestLinkLength has the limit of a link hold for the link as the shopper gets it, without the placeholder.
func TestLinkLength(t *testing.T) {
	t.Parallel()
	const value = "88412"
	for name, c := range map[string]struct {
		whole int
		want  error
	}{"longest": {2000, nil}, "too_long": {2001, errLongLink}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link := "https://shop.example.com/" + strings.Repeat("t", c.whole)
			m := failedDelivery(t)
			m.Template.Buttons[0] = template.Button{Kind: template.ButtonURL, URL: link[:c.whole-len(value)] + "{{1}}"}
			m.Values = append(m.Values, value)
			if _, err := New(Config{}).BuildTemplate(t.Context(), testApp(), m); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestRouteOfCategory has the category of the copy alone decide on the route, and what came by the wrong one is sent once more.
func TestRouteOfCategory(t *testing.T) {
	t.Parallel()
	for category, want := range map[string]string{
		"": "/messages", "UTILITY": "/messages", "AUTHENTICATION": "/messages", "MARKETING": "/marketing_messages", "marketing": "/marketing_messages",
	} {
		m := failedDelivery(t)
		m.Template.Category = category
		req, err := New(Config{}).BuildTemplate(t.Context(), testApp(), m)
		if err != nil || !strings.HasSuffix(req.URL.Path, "/"+testNumber+want) {
			t.Errorf("%q: got %v, %v, want %s", category, req, err, want)
		}
	}
	for _, code := range []string{"131055", "131063", "134100"} {
		if got, known := codes.Classify(code); !known || got != provider.OtherCategory.Coded(code) {
			t.Errorf("%s: got %+v, want another category", code, got)
		}
	}
}
