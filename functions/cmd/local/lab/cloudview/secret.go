package cloudview

import (
	"context"
	"path"
	"slices"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Secret is a secret of Secret Manager.
type Secret struct {
	// Name is the last part of its full name.
	Name string
	// Versions are its versions, newest first.
	Versions []Version
	// Shown says that the values are there.
	Shown bool
}

// Version is one version of a secret.
type Version struct {
	// Number counts from 1.
	Number string
	// State is enabled, disabled or destroyed.
	State string
	// Value is empty unless the secret is shown and the version is enabled.
	Value string
}

// states are the words for the states of versions.
var states = map[secretmanagerpb.SecretVersion_State]string{
	secretmanagerpb.SecretVersion_ENABLED:   "enabled",
	secretmanagerpb.SecretVersion_DISABLED:  "disabled",
	secretmanagerpb.SecretVersion_DESTROYED: "destroyed",
}

// Secrets lists the secrets by name, without their values.
func (v *View) Secrets(ctx context.Context) ([]Secret, error) {
	var all []Secret
	for _, name := range v.cloud.Secrets().Secrets() {
		one, err := v.secret(ctx, name, false)
		if err != nil {
			return nil, err
		}

		all = append(all, one)
	}

	return all, nil
}

// Secret returns the secret of a name with its values.
func (v *View) Secret(ctx context.Context, name string) (Secret, error) {
	all := v.cloud.Secrets().Secrets()

	i := slices.IndexFunc(all, func(full string) bool { return path.Base(full) == name })
	if i < 0 {
		return Secret{}, fault.New(fault.NotFound, "cloudview.Secret", "there is no such secret")
	}

	return v.secret(ctx, all[i], true)
}

// secret reads the secret of a full name.
func (v *View) secret(ctx context.Context, name string, shown bool) (Secret, error) {
	server := v.cloud.Secrets()
	one := Secret{Name: path.Base(name), Shown: shown}

	listed, err := server.ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: name})
	if err != nil {
		return Secret{}, err
	}

	for _, version := range listed.GetVersions() {
		is := Version{Number: path.Base(version.GetName()), State: states[version.GetState()]}

		if shown && version.GetState() == secretmanagerpb.SecretVersion_ENABLED {
			answer, err := server.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: version.GetName()})
			if err != nil {
				return Secret{}, err
			}

			is.Value = string(answer.GetPayload().GetData())
		}

		one.Versions = append(one.Versions, is)
	}

	return one, nil
}

// shortestSecret is how long a value is that is looked for wherever it stands: a shorter one would be found in anything.
const shortestSecret = 8

// masker returns what masks what is stored now.
func (v *View) masker() *masker {
	m := &masker{}

	for _, name := range v.cloud.Secrets().Secrets() {
		one, err := v.secret(context.Background(), name, true)
		if err != nil {
			continue // it was deleted since
		}

		for _, version := range one.Versions {
			if len(version.Value) >= shortestSecret {
				m.secrets = append(m.secrets, version.Value)
			}
		}
	}

	return m
}
