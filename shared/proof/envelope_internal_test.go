package proof

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestSignedGolden has the example of DSSE's own description.
func TestSignedGolden(t *testing.T) {
	t.Parallel()
	e := Envelope{PayloadType: "http://example.com/HelloWorld", Payload: []byte("hello world")}
	if got, want := string(e.signed()), "DSSEv1 29 http://example.com/HelloWorld 11 hello world"; got != want {
		t.Errorf("signed = %q, want %q", got, want)
	}
}

// The vectors are frozen: another key, or another leaf, makes everything that was published look forged.
func TestKeyGolden(t *testing.T) {
	t.Parallel()
	s := signer(t, "a secret of sixteen bytes or more")
	if got, want := KeyID(s.Public()), "c28f1f398dfd011d24a7217088e560795a0e8bc12eb9e712f9de490f2bc907ea"; got != want {
		t.Errorf("key = %s, want %s", got, want)
	}
	if got, want := SubjectHash(asha).String(), "dd1d1b9cdd153e74dafe3f201a4d71719f7d8dfdb87da3621000ec77ae05656a"; got != want {
		t.Errorf("subject = %s, want %s", got, want)
	}
	if got, want := (Leaf{SubjectHash(asha), 7, "v2:abc"}).hash().String(), "2f3f0d80678680a43b3c682cf899a3e9d6553c242ccadc0f7c119fbcc13dcbed"; got != want {
		t.Errorf("leaf = %s, want %s", got, want)
	}
}

func TestSignerKeepsItsSecret(t *testing.T) {
	t.Parallel()
	const secret = "a secret of sixteen bytes or more"
	s := signer(t, secret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s); got != "[redacted]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if _, err := NewSigner([]byte("short")); !errors.Is(err, ErrShortSecret) {
		t.Errorf("short secret: %v, want ErrShortSecret", err)
	}
}

func TestPublicPEM(t *testing.T) {
	t.Parallel()
	key := signer(t, "a secret of sixteen bytes or more").Public()
	text, err := PublicPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParsePublicPEM(text); err != nil || !got.Equal(key) {
		t.Errorf("read back = %v, %v", got, err)
	}
	for name, wrong := range map[string]string{
		"empty":         "",
		"two":           string(text) + string(text),
		"private":       strings.ReplaceAll(string(text), "PUBLIC", "PRIVATE"),
		"not_a_key":     "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"another_curve": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoQ==\n-----END PUBLIC KEY-----\n",
	} {
		if _, err := ParsePublicPEM([]byte(wrong)); err == nil {
			t.Errorf("%s: is taken for a key", name)
		}
	}
}
