package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
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
// which is read into answer unless that is nil; 0 if there is no such thing.
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
	case method == http.MethodGet && resp.StatusCode == http.StatusNotFound:
		return 0, nil
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

// seedTulsi makes the platform's app and the account of Tulsi House over the workspace API. It goes on where an earlier run was ended, and
// leaves alone what it had finished, and an account that was written in another way.
func seedTulsi(ctx context.Context, w *world.World) error {
	o, err := newOperator(ctx, w)
	if err != nil {
		return err
	}

	const path = "/accounts/" + TulsiID

	var there *struct{}
	version, err := o.do(ctx, http.MethodGet, path, 0, nil, &there)
	if err != nil || there != nil && version == 0 {
		return err
	}

	if err = o.putShare(ctx); err != nil {
		return err
	}

	for _, step := range []func(version int64) (int64, error){
		func(version int64) (int64, error) {
			brand := map[string]string{"slug": "tulsi-house", "name": "Tulsi House", "timeZone": "Asia/Kolkata"}
			return o.do(ctx, http.MethodPut, path, version, brand, nil)
		},
		func(version int64) (int64, error) {
			app := map[string]string{"ownership": "platform", "appId": ShareApp}
			return o.do(ctx, http.MethodPost, path+"/apps", version, app, nil)
		},
		func(version int64) (int64, error) { return o.agree(ctx, path+"/notifications", version) },
	}[min(version, 3):] {
		if version, err = step(version); err != nil {
			return err
		}
	}

	return nil
}

// putShare makes the platform's app, with the demo's messages as its templates, unless it is there.
func (o operator) putShare(ctx context.Context) error {
	const path = "/platform/apps/" + ShareApp

	version, err := o.do(ctx, http.MethodGet, path, 0, nil, nil)
	if err != nil || version > 0 {
		return err
	}

	key, err := secrets(ctx, o.w, platformKey)
	if err != nil {
		return err
	}

	templates := map[string]any{}
	for _, m := range messages() {
		var values []map[string]string
		for _, v := range m.variables {
			values = append(values, map[string]string{"variable": v})
		}

		templates[m.event] = map[string]any{"template": m.id(gupshup.Name), "values": values}
	}

	app := shareApp()
	_, err = o.do(ctx, http.MethodPut, path, 0, map[string]any{
		"name":        app.Name,
		"provider":    app.Provider,
		"number":      app.Number,
		"providerIds": app.ProviderIDs,
		"credential":  key[0].Reveal(),
		"templates":   templates,
	}, nil)

	return err
}

// agree has the account told of the demo's events, and agrees to the prices that are shown for them.
func (o operator) agree(ctx context.Context, path string, version int64) (int64, error) {
	var page struct {
		ChargeText struct {
			Version string `json:"version"`
		} `json:"chargeText"`
		Groups []struct {
			Notifications []struct {
				Event string `json:"event"`
				Price string `json:"price"`
			} `json:"notifications"`
		} `json:"groups"`
	}
	if _, err := o.do(ctx, http.MethodGet, path, 0, nil, &page); err != nil {
		return 0, err
	}

	prices := map[string]string{}
	for _, g := range page.Groups {
		for _, n := range g.Notifications {
			prices[n.Event] = n.Price
		}
	}

	all := map[string]any{}
	for _, m := range messages() {
		all[m.event] = map[string]any{
			"enabled": true,
			"charges": map[string]string{"textVersion": page.ChargeText.Version, "price": prices[m.event]},
		}
	}

	return o.do(ctx, http.MethodPut, path, version, map[string]any{"notifications": all}, nil)
}
