// Offline is a Terraform provider that knows only a schema: the names, types and nesting of resources, read from schema.json beside the
// binary. With it `terraform init`, `validate` and `test` with mocked providers work where the Terraform registry is out of reach. It
// reaches no cloud, and a plan without mocks fails.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// schema is what extract.mjs writes.
type schema struct {
	Provider        block
	Resources, Data map[string]block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nested
}

type attribute struct {
	Type                         valueType
	Required, Optional, Computed bool
}

type nested struct {
	Nesting  string
	Min, Max int64
	Block    block
}

// valueType is a type in Terraform's own JSON form: "string", ["list", "string"] or ["object", {"name": "string"}].
type valueType struct{ tftypes.Type }

// UnmarshalJSON reads a type.
func (t *valueType) UnmarshalJSON(raw []byte) error {
	var scalar string
	if json.Unmarshal(raw, &scalar) == nil {
		scalars := map[string]tftypes.Type{"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool}
		t.Type = scalars[scalar]

		if t.Type == nil {
			return fmt.Errorf("unknown type %q", scalar)
		}

		return nil
	}

	var parts [2]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}

	var kind string
	if err := json.Unmarshal(parts[0], &kind); err != nil {
		return err
	}

	if kind == "object" {
		return t.object(parts[1])
	}

	var element valueType
	if err := json.Unmarshal(parts[1], &element); err != nil {
		return err
	}

	switch kind {
	case "list":
		t.Type = tftypes.List{ElementType: element.Type}
	case "set":
		t.Type = tftypes.Set{ElementType: element.Type}
	case "map":
		t.Type = tftypes.Map{ElementType: element.Type}
	default:
		return fmt.Errorf("unknown type %q", kind)
	}

	return nil
}

func (t *valueType) object(raw []byte) error {
	var attributes map[string]valueType
	if err := json.Unmarshal(raw, &attributes); err != nil {
		return err
	}

	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	for name, a := range attributes {
		object.AttributeTypes[name] = a.Type
	}

	t.Type = object

	return nil
}

// wire returns the block as Terraform wants it.
func (b block) wire() *tfprotov5.SchemaBlock {
	out := &tfprotov5.SchemaBlock{}

	for name, a := range b.Attributes {
		out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{
			Name:      name,
			Type:      a.Type.Type,
			Required:  a.Required,
			Optional:  a.Optional,
			Computed:  !a.Required && (a.Computed || !a.Optional),
			WriteOnly: strings.HasSuffix(name, "_wo"), // the schema does not say so, but all of Google's have this name
		})
	}

	for name, n := range b.Blocks {
		nesting := tfprotov5.SchemaNestedBlockNestingModeList

		switch n.Nesting {
		case "set":
			nesting = tfprotov5.SchemaNestedBlockNestingModeSet
		case "single":
			nesting, n.Min, n.Max = tfprotov5.SchemaNestedBlockNestingModeSingle, 0, 0
		}

		out.BlockTypes = append(out.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name,
			Nesting:  nesting,
			MinItems: n.Min,
			MaxItems: n.Max,
			Block:    n.Block.wire(),
		})
	}

	return out
}

// server answers what init, validate and mocked tests ask. All else is not there, on purpose.
type server struct {
	tfprotov5.ProviderServer
	schemas *tfprotov5.GetProviderSchemaResponse
}

func (s server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	out := &tfprotov5.GetMetadataResponse{ServerCapabilities: &tfprotov5.ServerCapabilities{}}
	for name := range s.schemas.ResourceSchemas {
		out.Resources = append(out.Resources, tfprotov5.ResourceMetadata{TypeName: name})
	}
	for name := range s.schemas.DataSourceSchemas {
		out.DataSources = append(out.DataSources, tfprotov5.DataSourceMetadata{TypeName: name})
	}

	return out, nil
}

func (s server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return s.schemas, nil
}

func (s server) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (s server) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (s server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (s server) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (s server) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}

	raw, err := os.ReadFile(filepath.Join(filepath.Dir(self), "schema.json"))
	if err != nil {
		return err
	}

	var in schema
	if err = json.Unmarshal(raw, &in); err != nil {
		return err
	}

	out := &tfprotov5.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov5.ServerCapabilities{},
		Provider:           &tfprotov5.Schema{Block: in.Provider.wire()},
		ResourceSchemas:    map[string]*tfprotov5.Schema{},
		DataSourceSchemas:  map[string]*tfprotov5.Schema{},
	}
	for name, b := range in.Resources {
		out.ResourceSchemas[name] = &tfprotov5.Schema{Block: b.wire()}
	}
	for name, b := range in.Data {
		out.DataSourceSchemas[name] = &tfprotov5.Schema{Block: b.wire()}
	}

	return tf5server.Serve("registry.terraform.io/hashicorp/google", func() tfprotov5.ProviderServer { return server{schemas: out} })
}
