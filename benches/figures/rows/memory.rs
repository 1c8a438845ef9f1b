//! What a provider holds while ten thousand users are planned. The calls are those that Terraform makes, ten at a time;
//! Terraform itself would take an hour for them.

use std::time::Instant;

use futures_util::{StreamExt, TryStreamExt, stream};
use pgum::provider::Pgum;
use pgum::sdk::{Number, Provider, Schema, Value};
use pgum::wire::codec;
use pgum::wire::proto::provider_client::ProviderClient;
use pgum::wire::proto::{
    ClientCapabilities, DynamicValue, RawState, configure_provider, get_provider_schema,
    import_resource_state, plan_resource_change, read_resource, upgrade_resource_state,
    validate_resource_config,
};
use tonic::Status;
use tonic::transport::Channel;

use crate::host::Plugin;
use crate::options::Options;
use crate::process;
use crate::support::postgres::{APPLICATION_DATABASE, Cluster, MASTER, MASTER_PASSWORD};
use crate::table::{Figure, Line};

const USERS: usize = 10_000;
const AT_A_TIME: usize = 10;
const TYPE: &str = "pgum_user";

pub(crate) fn measure(options: &Options) -> Vec<Line> {
    let cluster = Cluster::start(options.postgres);
    populate(&cluster);
    let plugin = Plugin::start();
    let (start, before) = (Instant::now(), process::used(plugin.id()));
    crate::support::wait(walk(&plugin, &cluster)).expect("the calls, answered");
    let (took, used) = (start.elapsed(), process::used(plugin.id()).saturating_sub(before));
    let peak = process::peak(plugin.id()) as f64;
    vec![Line {
        what: format!("memory of the provider with {USERS} users"),
        floors: None,
        figure: Figure::Of((peak / 100_000.0).round() / 10.0, "MB"),
        goal: 60.0,
        note: format!(
            "imported, read and planned in {:.2} s, processor time {:.2} s",
            took.as_secs_f64(),
            used.as_secs_f64()
        ),
    }]
}

fn populate(cluster: &Cluster) {
    cluster.execute("CREATE ROLE bench_group");
    for first in (0..USERS).step_by(1_000) {
        cluster.execute(&format!(
            "DO $$ BEGIN FOR number IN {first}..{} LOOP \
             EXECUTE pg_catalog.format('CREATE ROLE bench_user_%s LOGIN CONNECTION LIMIT 10', number); \
             EXECUTE pg_catalog.format('COMMENT ON ROLE bench_user_%s IS ''User number %s''', number, number); \
             EXECUTE pg_catalog.format('ALTER ROLE bench_user_%s SET statement_timeout TO ''30s''', number); \
             END LOOP; \
             EXECUTE (SELECT 'GRANT bench_group TO ' || pg_catalog.string_agg('bench_user_' || number, ', ') \
             FROM pg_catalog.generate_series({first}, {}) number); \
             EXECUTE (SELECT 'GRANT CONNECT ON DATABASE {APPLICATION_DATABASE} TO ' \
             || pg_catalog.string_agg('bench_user_' || number, ', ') \
             FROM pg_catalog.generate_series({first}, {}) number); END $$",
            first + 999,
            first + 999,
            first + 999,
        ));
    }
}

/// Values go over the wire as their type says.
fn encode(schema: &Schema, value: &Value) -> DynamicValue {
    codec::encode(value, &schema.ty()).expect("a value of the schema")
}

fn with(schema: &Schema, attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let mut value = schema.null_object();
    attributes.into_iter().for_each(|(name, attribute)| value.set(name, attribute));
    value
}

async fn walk(plugin: &Plugin, cluster: &Cluster) -> Result<(), Status> {
    let limit = 256 << 20;
    let client = ProviderClient::new(plugin.connect().await).max_decoding_message_size(limit);
    let pgum = Pgum::new();
    let of_provider = pgum.schema();
    let schema = pgum.resources()[TYPE].schema();
    let provider = with(
        &of_provider,
        [
            ("host", Value::string(cluster.host())),
            ("port", Value::Number(Number::from(i64::from(cluster.port())))),
            ("username", Value::string(MASTER)),
            ("password", Value::string(MASTER_PASSWORD)),
        ],
    );
    let mut configured = client.clone();
    configured.get_provider_schema(get_provider_schema::Request {}).await?;
    let request = configure_provider::Request {
        terraform_version: "1.11.0".to_owned(),
        config: Some(encode(&of_provider, &provider)),
        client_capabilities: Some(ClientCapabilities::default()),
    };
    let answer = configured.configure_provider(request).await?.into_inner();
    assert!(answer.diagnostics.is_empty());
    stream::iter((0..USERS).map(|number| one(client.clone(), &schema, number)))
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await
}

/// The calls for one user.
async fn one(mut client: ProviderClient<Channel>, schema: &Schema, number: usize) -> Result<(), Status> {
    let name = format!("bench_user_{number}");
    let config = with(
        schema,
        [
            ("username", Value::string(&name)),
            ("auth_method", Value::string("external")),
            ("groups", Value::Set(vec![Value::string("bench_group")])),
            ("databases", Value::Set(vec![Value::string(APPLICATION_DATABASE)])),
            ("connection_limit", Value::Number(Number::from(10_i64))),
            ("description", Value::string(format!("User number {number}"))),
            ("settings", Value::Map([("statement_timeout".to_owned(), Value::string("30s"))].into())),
        ],
    );
    let config = encode(schema, &config);
    let validate = validate_resource_config::Request {
        type_name: TYPE.to_owned(),
        config: Some(config.clone()),
        ..Default::default()
    };
    assert!(client.validate_resource_config(validate).await?.into_inner().diagnostics.is_empty());
    let import =
        import_resource_state::Request { type_name: TYPE.to_owned(), id: name, ..Default::default() };
    let imported = client.import_resource_state(import).await?.into_inner().imported_resources.remove(0);
    let read = read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: imported.state,
        private: imported.private,
        ..Default::default()
    };
    let read = client.read_resource(read).await?.into_inner();
    let state = codec::decode(read.new_state.as_ref(), &schema.ty()).expect("a state");
    let upgrade = upgrade_resource_state::Request {
        type_name: TYPE.to_owned(),
        version: schema.version,
        raw_state: Some(RawState {
            json: codec::json::encode(&state, &schema.ty()).expect("a state as JSON"),
            ..Default::default()
        }),
    };
    let upgraded = client.upgrade_resource_state(upgrade).await?.into_inner();
    let plan = plan_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: upgraded.upgraded_state.clone(),
        proposed_new_state: upgraded.upgraded_state,
        config: Some(config),
        prior_private: read.private,
        ..Default::default()
    };
    let plan = client.plan_resource_change(plan).await?.into_inner();
    assert!(plan.planned_state.is_some(), "no plan");
    Ok(())
}
