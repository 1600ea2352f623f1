package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// operator is a person of the platform, who sets things over the workspace API.
type operator struct {
	w     *world.World
	token string
}

// newOperator returns an operator with a token that is good for an hour.
func newOperator(ctx context.Context, w *world.World) (operator, error) {
	var answer struct {
		Token string `json:"token"`
	}
	body := []byte(`{"role":"` + string(access.Platform) + `","name":"the demo"}`)
	err := call(ctx, w, http.MethodPost, "/local/token", body, http.StatusOK, &answer)

	return operator{w, answer.Token}, err
}

// do makes a request to workspace about settings of a version, 0 for those that are not there yet. It returns the version of the answer,
// which is read into answer unless that is nil.
func (o operator) do(ctx context.Context, method, path string, version int64, body, answer any) (int64, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}

	req, err := http.NewRequestWithContext(ctx, method, o.w.URL+"/workspace/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return 0, err
	}

	req.Header.Set("Authorization", "Bearer "+o.token)
	req.Header.Set("Content-Type", "application/json")
	if version > 0 {
		req.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(version)))
	}

	resp, err := o.w.Parts.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(resp.Body)

	switch {
	case err != nil:
		return 0, err
	case resp.StatusCode >= http.StatusMultipleChoices:
		return 0, fmt.Errorf("%s %s answered %d: %s", method, path, resp.StatusCode, got)
	}

	if answer != nil {
		if err = json.Unmarshal(got, answer); err != nil {
			return 0, err
		}
	}

	_, err = fmt.Sscanf(strings.Trim(resp.Header.Get("Etag"), `"`), "%d", &version)

	return version, err
}

// errFormer is the error of a state in which the demo's accounts were written in another way.
var errFormer = errors.New("the state is of an earlier build, whose demo had other apps; make clean removes it")

// seedBrand makes the brand's account over the workspace API. It goes on where an earlier run was ended, and leaves alone what it had
// finished.
func (o operator) seedBrand(ctx context.Context, b brand) error {
	path := "/accounts/" + b.id

	// The store is asked, since workspace would warn in its log of an account that a first run is about to make.
	there, err := o.w.Parts.Store.Account(ctx, b.id)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case err == nil && there.Version == 0:
		return errFormer
	}

	steps := []func(version int64) (int64, error){
		func(version int64) (int64, error) {
			fields := map[string]string{"slug": b.slug, "name": b.name, "timeZone": "Asia/Kolkata"}
			return o.do(ctx, http.MethodPut, path, version, fields, nil)
		},
		func(version int64) (int64, error) { return o.install(ctx, path+"/apps", version, b) },
		func(version int64) (int64, error) { return o.enable(ctx, path+"/notifications", version, b) },
	}

	version := there.Version
	for _, step := range steps[min(version, int64(len(steps))):] {
		if version, err = step(version); err != nil {
			return err
		}
	}

	return nil
}

// install connects the brand's app.
func (o operator) install(ctx context.Context, path string, version int64, b brand) (int64, error) {
	if b.app.Ownership == message.Platform {
		return o.do(ctx, http.MethodPost, path, version, map[string]string{"ownership": "platform", "appId": b.app.ID}, nil)
	}

	body := map[string]any{
		"ownership":   "client",
		"provider":    b.app.Provider,
		"name":        b.app.Name,
		"number":      b.app.Number,
		"providerIds": b.app.ProviderIDs,
	}

	names := map[string]string{"credential": b.app.Secret}
	if b.signing != "" {
		names["signingSecret"] = b.signing
	}

	for field, name := range names {
		s, err := secrets(ctx, o.w, name)
		if err != nil {
			return 0, err
		}

		body[field] = s[0].Reveal()
	}

	return o.do(ctx, http.MethodPost, path, version, body, nil)
}

// putShare makes the platform's app, with the demo's messages as its templates, unless it is there.
func (o operator) putShare(ctx context.Context) error {
	_, err := o.w.Parts.Store.PlatformApp(ctx, ShareApp)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}

	key, err := secrets(ctx, o.w, platformKey)
	if err != nil {
		return err
	}

	templates := map[string]any{}
	for _, m := range messages() {
		templates[m.event] = m.content(gupshup.Name)
	}

	app := shareApp()
	_, err = o.do(ctx, http.MethodPut, "/platform/apps/"+ShareApp, 0, map[string]any{
		"name":        app.Name,
		"provider":    app.Provider,
		"number":      app.Number,
		"providerIds": app.ProviderIDs,
		"credential":  key[0].Reveal(),
		"templates":   templates,
	}, nil)

	return err
}

// enable has the brand's shoppers told of those of the demo's events that its provider has words for. At the platform's app it agrees to the prices that are shown for them.
func (o operator) enable(ctx context.Context, path string, version int64, b brand) (int64, error) {
	var page struct {
		ChargeText *struct {
			Version string `json:"version"`
		} `json:"chargeText"`
		Groups []struct {
			Notifications []struct {
				Event     string `json:"event"`
				Supported bool   `json:"supported"`
				Price     string `json:"price"`
			} `json:"notifications"`
		} `json:"groups"`
	}
	if _, err := o.do(ctx, http.MethodGet, path, 0, nil, &page); err != nil {
		return 0, err
	}

	supported, prices := map[string]bool{}, map[string]string{}
	for _, g := range page.Groups {
		for _, n := range g.Notifications {
			supported[n.Event], prices[n.Event] = n.Supported, n.Price
		}
	}

	all := map[string]any{}
	for _, m := range append(messages(), b.more...) {
		if !supported[m.event] {
			continue
		}

		set := map[string]any{"enabled": true}
		switch {
		case page.ChargeText != nil:
			set["charges"] = map[string]string{"textVersion": page.ChargeText.Version, "price": prices[m.event]}
		case b.app.Provider != businessonbot.Name:
			set["content"] = m.content(b.app.Provider)
		}

		all[m.event] = set
	}

	return o.do(ctx, http.MethodPut, path, version, map[string]any{"notifications": all}, nil)
}
