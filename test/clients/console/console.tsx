import {
  Admin,
  BulkDeleteButton,
  Datagrid,
  DateField,
  Edit,
  Layout,
  type LayoutProps,
  List,
  Resource,
  SearchInput,
  SelectInput,
  SimpleForm,
  TextField,
  TextInput,
} from "react-admin";
import { createRoot } from "react-dom/client";
import { connectGateway } from "../../../docs/consoles/gateway.ts";
import { dataProvider } from "../../../docs/consoles/react-admin.ts";
import { useLive } from "./use-live.ts";

const types = ["DIRECT", "GROUP"].map((id) => ({ id, name: id }));
const filters = [
  <SearchInput key="q" source="q" alwaysOn />,
  <SelectInput key="type" source="type" choices={types} alwaysOn />,
];

const Conversations = () => (
  <List filters={filters} sort={{ field: "name", order: "ASC" }} perPage={10}>
    <Datagrid bulkActionButtons={<BulkDeleteButton mutationMode="pessimistic" />} rowClick="edit">
      <TextField source="name" />
      <TextField source="type" sortable={false} />
      <TextField source="customer.displayName" label="Customer" sortable={false} />
      <DateField source="treeLastActivityAt" label="Last activity" showTime />
    </Datagrid>
  </List>
);

const EditConversation = () => (
  <Edit mutationMode="pessimistic">
    <SimpleForm>
      <TextInput source="name" />
    </SimpleForm>
  </Edit>
);

const Customers = () => (
  <List>
    <Datagrid bulkActionButtons={false} rowClick="edit">
      <TextField source="name" />
      <TextField source="email" sortable={false} />
    </Datagrid>
  </List>
);

const EditCustomer = () => (
  <Edit mutationMode="pessimistic">
    <SimpleForm>
      <TextInput source="name" />
      <TextInput source="email" />
    </SimpleForm>
  </Edit>
);

const LiveLayout = (props: LayoutProps) => {
  useLive("/graphql");
  return <Layout {...props} />;
};

const root = createRoot(document.getElementById("root") as HTMLElement);
root.render(
  <Admin dataProvider={dataProvider(connectGateway("/graphql"))} layout={LiveLayout} disableTelemetry>
    <Resource name="conversations" list={Conversations} edit={EditConversation} />
    <Resource name="customers" list={Customers} edit={EditCustomer} recordRepresentation="displayName" />
  </Admin>,
);
