package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// maxAnswer is the most of an answer that is read.
const maxAnswer = 4 << 20

// call makes a request to the run. An answer that is no success is an error with what it says, and its field.
func (a *Actor) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader = http.NoBody

	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}

		sent = bytes.NewReader(data)
	}

	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, sent)
	if err != nil {
		return err
	}

	req.Header.Set("Content-Type", "application/json")

	resp, err := a.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))

	switch {
	case err != nil:
		return err
	case resp.StatusCode/100 != 2:
		return refused(method, path, resp.StatusCode, got)
	case into == nil:
		return nil
	default:
		return json.Unmarshal(got, into)
	}
}

// errRefused is the error of a request that a route turned down.
var errRefused = errors.New("turned down")

// refused returns the error of an answer that is no success. The path of a webhook has its token, and that of a phone its number: neither is told.
func refused(method, path string, status int, body []byte) error {
	var said struct {
		Detail string `json:"detail"`
		Field  string `json:"field"`
		Error  string `json:"error"`
		Reason string `json:"reason"`
	}
	_ = json.Unmarshal(body, &said)

	if said.Field != "" {
		return &fault.Error{Kind: fault.Invalid, Op: "scenario.Do", Field: said.Field, Msg: said.Detail, Err: errRefused}
	}

	route, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.HasPrefix(path, "/local/") {
		route = strings.Join(strings.SplitN(path, "/", 4)[1:3], "/")
	}

	why := strings.TrimSpace(said.Detail + said.Error + " " + said.Reason)

	return fmt.Errorf("%w: %s /%s answered %d: %s", errRefused, method, route, status, why)
}
