package template_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// answering answers every request with the same body.
type answering []byte

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(a)), Request: req,
	}, nil
}

// catalogue are the templates of testdata as the providers' own readers return them, by the provider's and the template's name.
func catalogue(tb testing.TB) map[string]template.Template {
	tb.Helper()
	all := map[string]template.Template{}
	for _, p := range []interface {
		provider.Provider
		provider.TemplateCatalogue
	}{gupshup.New(gupshup.Config{}), meta.New(meta.Config{}), kaleyra.New(kaleyra.Config{})} {
		app := provider.App{
			ID: "app1", Number: "919000000100", Secret: config.NewSecret("invented"),
			ProviderIDs: map[string]string{
				gupshup.KeyAppID: "aaaaaaaa-0000-4000-8000-000000000001", gupshup.KeyAppName: "KapasAlerts",
				meta.KeyPhoneNumberID: "200000000000811", meta.KeyWABAID: "100000000000811",
				kaleyra.KeyPod: "in", kaleyra.KeySID: "HXAP0000000811IN",
			},
		}
		client := &http.Client{Transport: answering(readFile(tb, p.Name(), "templates.json"))}
		found, err := p.Templates(tb.Context(), client, app)
		if err != nil {
			tb.Fatalf("%s: %v", p.Name(), err)
		}
		for _, t := range found {
			all[p.Name()+" "+t.Name] = t
		}
	}
	return all
}
