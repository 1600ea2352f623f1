package workspace_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// TestQuietHours sets, reads, switches off and reverts an account's quiet hours, without an app, too.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	path, editor, viewer := "/v1/accounts/"+neem+"/quiet-hours", r.token("editor", neem), r.token("viewer", neem)
	read := request{method: http.MethodGet, path: path, token: viewer}
	put := func(body string, version int64) request {
		return request{method: http.MethodPut, path: path, token: editor, body: body, header: ifMatch(version)}
	}
	const zone = `"timeZone":"Asia/Kolkata"`

	r.same(r.want(http.StatusOK, read), `{"enabled":false,"from":"","to":"","exempt":["shipment/failed_delivery"],`+zone+`,"version":1}`)

	const night = `{"enabled":true,"from":"21:00","to":"08:00"}`
	unconditional := put(night, 1)
	unconditional.header = nil
	r.want(http.StatusPreconditionRequired, unconditional)
	r.want(http.StatusPreconditionFailed, put(night, 7))
	saved := r.want(http.StatusOK, put(night, 1))
	r.same(saved, `{"enabled":true,"from":"21:00","to":"08:00","exempt":["shipment/failed_delivery"],`+zone+`,"version":2}`)
	if saved.Header.Get("Etag") != `"2"` {
		t.Errorf("ETag: got %q", saved.Header.Get("Etag"))
	}
	r.same(r.want(http.StatusOK, read), saved.Body)

	r.same(r.want(http.StatusOK, put(`{"enabled":true,"from":"13:00","to":"15:00","exempt":[]}`, 2)), `{"enabled":true,"from":"13:00","to":"15:00","exempt":[],`+zone+`,"version":3}`)
	r.same(r.want(http.StatusOK, read), `{"enabled":true,"from":"13:00","to":"15:00","exempt":[],`+zone+`,"version":3}`)
	r.want(http.StatusOK, put(`{"enabled":true,"from":"22:30","to":"06:00","exempt":["returnShipment/pickup_failed","shipment/delivered"]}`, 3))
	r.same(r.want(http.StatusOK, put(`{"enabled":false}`, 4)), `{"enabled":false,"from":"","to":"","exempt":["shipment/failed_delivery"],`+zone+`,"version":5}`)

	for body, field := range map[string]string{
		`{}`:                              "enabled",
		`{"enabled":true}`:                "from",
		`{"enabled":true,"from":"21:00"}`: "to",
		`{"enabled":true,"from":"9 pm","to":"08:00"}`:                                                                   "from",
		`{"enabled":true,"from":"21:00","to":"21:00"}`:                                                                  "to",
		`{"enabled":true,"from":"21:00","to":"24:00"}`:                                                                  "to",
		`{"enabled":false,"from":"21:00"}`:                                                                              "to",
		`{"enabled":true,"from":"21:00","to":"08:00","exempt":null}`:                                                    "exempt",
		`{"enabled":true,"from":"21:00","to":"08:00","exempt":["shipment/delivered","shipment/lost_in_space"]}`:         "exempt[1]",
		`{"enabled":true,"from":"21:00","to":"08:00","exempt":["shipment/failed_delivery","shipment/failed_delivery"]}`: "exempt[1]",
		`{"enabled":true,"from":"21:00","to":"08:00","days":["monday"]}`:                                                "days",
	} {
		r.named(http.StatusBadRequest, field, put(body, 5))
	}
	typed := put(night, 5)
	typed.header["Content-Type"] = "text/plain"
	r.want(http.StatusUnsupportedMediaType, typed)
	r.want(http.StatusRequestEntityTooLarge, put(`{"from":"`+string(make([]byte, 1<<20))+`"}`, 5))
	for _, q := range []request{{method: http.MethodGet}, put(night, 1)} {
		q.path, q.token = "/v1/accounts/812/quiet-hours", r.operator()
		r.want(http.StatusNotFound, q)
	}

	a, err := r.store.Account(t.Context(), neem)
	if err != nil || a.Version != 5 || a.Quiet == nil || a.Quiet.Enabled {
		t.Errorf("stored: version %d, %+v, %v", a.Version, a.Quiet, err)
	}
	revert := func(to string, version int64) request {
		return request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/versions/" + to + "/revert", token: editor, header: ifMatch(version)}
	}
	r.want(http.StatusOK, revert("2", 5))
	r.same(r.want(http.StatusOK, read), `{"enabled":true,"from":"21:00","to":"08:00","exempt":["shipment/failed_delivery"],`+zone+`,"version":6}`)
	r.want(http.StatusOK, revert("1", 6))
	r.same(r.want(http.StatusOK, read), `{"enabled":false,"from":"","to":"","exempt":["shipment/failed_delivery"],`+zone+`,"version":7}`)
}

// TestQuietHoursOfAnOldAccount go by the clocks of India where the account names no zone.
func TestQuietHoursOfAnOldAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if err := r.store.PutAccount(t.Context(), account.Account{ID: neem, Slug: "neem"}); err != nil {
		t.Fatal(err)
	}
	r.same(r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/quiet-hours", token: r.token("viewer", neem)}),
		`{"enabled":false,"from":"","to":"","exempt":["shipment/failed_delivery"],"timeZone":"Asia/Kolkata","version":0}`)
}
