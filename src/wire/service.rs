//! The service itself: which call goes to which family.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::call::{Answer, Calls};
use super::proto::provider_server::{Provider as Protocol, ProviderServer};
use super::proto::*;
use super::registry::Registry;
use super::undeclared::{self, Answers, answers};
use super::{data_source, ephemeral, function, identity, list, provider, resource, schema};
use crate::plugin::Plugin;
use crate::sdk::{Diagnostics, Provider};

/// A plan of ten thousand nested objects is 16 MB; tonic alone would take 4.
const MAX_MESSAGE: usize = 256 << 20;

/// A provider, as a plugin serves it.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    provider: Arc<dyn Provider>,
    /// Asked for in the first call: what goes wrong there is then that call's affair.
    registry: OnceLock<Registry>,
    calls: Calls,
}

impl Inner {
    fn registry(&self) -> &Registry {
        self.registry.get_or_init(|| Registry::of(&*self.provider))
    }
}

impl Service {
    /// Serves a provider.
    pub fn new(provider: impl Provider) -> Self {
        let provider = Arc::new(provider);
        Self(Arc::new(Inner { provider, registry: OnceLock::new(), calls: Calls::default() }))
    }

    /// Runs a call of one type, with an answer for when it fails.
    async fn run<A, F>(
        &self,
        rpc: &'static str,
        type_name: &str,
        fallback: A,
        work: impl FnOnce(Arc<Inner>) -> F,
    ) -> Result<Response<A>, Status>
    where
        A: Answer,
        F: Future<Output = Result<A, Diagnostics>> + Send + 'static,
    {
        self.0.calls.run(rpc, type_name, fallback, work(Arc::clone(&self.0))).await
    }
}

#[async_trait]
impl Plugin for Service {
    fn routes(&self) -> Routes {
        let service = ProviderServer::new(self.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Routes::new(service)
    }

    async fn stop(&self) {
        let provider = Arc::clone(&self.0.provider);
        // In a task of its own: a bug in it must not keep the process from ending as it should.
        _ = tokio::spawn(async move { provider.stop().await }).await;
    }

    async fn idle(&self) {
        self.0.calls.none().await;
    }
}

/// A call that needs no more than the registry and its request.
macro_rules! call {
    ($self:ident, $rpc:literal, $request:ident, $type_name:ident, $work:path) => {
        call!($self, $rpc, $request, $type_name, $work, Default::default())
    };
    ($self:ident, $rpc:literal, $request:ident, $type_name:ident, $work:path, $fallback:expr) => {{
        let fallback = $fallback;
        let type_name = $request.$type_name.clone();
        let work = |inner: Arc<Inner>| async move { $work(inner.registry(), $request).await };
        $self.run($rpc, &type_name, fallback, work).await
    }};
}

#[async_trait]
impl Protocol for Service {
    type ListResourceStream = Answers<list_resource::Event>;
    type InvokeActionStream = Answers<invoke_action::Event>;
    type ReadStateBytesStream = Answers<read_state_bytes::Response>;

    async fn get_metadata(
        &self,
        _: Request<get_metadata::Request>,
    ) -> Result<Response<get_metadata::Response>, Status> {
        let work = |inner: Arc<Inner>| async move { schema::get_metadata(inner.registry()) };
        self.run("GetMetadata", "", Default::default(), work).await
    }

    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        let work = |inner: Arc<Inner>| async move { schema::get_provider_schema(inner.registry()) };
        self.run("GetProviderSchema", "", Default::default(), work).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<get_resource_identity_schemas::Request>,
    ) -> Result<Response<get_resource_identity_schemas::Response>, Status> {
        let work = |inner: Arc<Inner>| async move { schema::get_identity_schemas(inner.registry()) };
        self.run("GetResourceIdentitySchemas", "", Default::default(), work).await
    }

    async fn get_functions(
        &self,
        _: Request<get_functions::Request>,
    ) -> Result<Response<get_functions::Response>, Status> {
        let work = |inner: Arc<Inner>| async move { function::get_functions(inner.registry()) };
        self.run("GetFunctions", "", Default::default(), work).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> Result<Response<validate_provider_config::Response>, Status> {
        let request = request.into_inner();
        let work = |inner: Arc<Inner>| async move {
            provider::validate(&*inner.provider, inner.registry(), request).await
        };
        self.run("ValidateProviderConfig", "", Default::default(), work).await
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Result<Response<configure_provider::Response>, Status> {
        let request = request.into_inner();
        let work = |inner: Arc<Inner>| async move {
            provider::configure(&*inner.provider, inner.registry(), request).await
        };
        self.run("ConfigureProvider", "", Default::default(), work).await
    }

    async fn stop_provider(
        &self,
        _: Request<stop_provider::Request>,
    ) -> Result<Response<stop_provider::Response>, Status> {
        let work = |inner: Arc<Inner>| async move {
            inner.provider.stop().await;
            Ok(stop_provider::Response::default())
        };
        self.run("StopProvider", "", Default::default(), work).await
    }

    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> Result<Response<validate_resource_config::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ValidateResourceConfig", request, type_name, resource::validate::validate)
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Result<Response<upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        call!(self, "UpgradeResourceState", request, type_name, resource::upgrade::upgrade)
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<upgrade_resource_identity::Request>,
    ) -> Result<Response<upgrade_resource_identity::Response>, Status> {
        let request = request.into_inner();
        let type_name = request.type_name.clone();
        let work = |inner: Arc<Inner>| async move { identity::upgrade(inner.registry(), &request) };
        self.run("UpgradeResourceIdentity", &type_name, Default::default(), work).await
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Result<Response<read_resource::Response>, Status> {
        let request = request.into_inner();
        let fallback = resource::read::fallback(&request);
        call!(self, "ReadResource", request, type_name, resource::read::read, fallback)
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Result<Response<plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        call!(self, "PlanResourceChange", request, type_name, resource::plan::plan)
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Result<Response<apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        let fallback = resource::apply::fallback(&request);
        call!(self, "ApplyResourceChange", request, type_name, resource::apply::apply, fallback)
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Result<Response<import_resource_state::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ImportResourceState", request, type_name, resource::import::import)
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> Result<Response<move_resource_state::Response>, Status> {
        let request = request.into_inner();
        call!(self, "MoveResourceState", request, target_type_name, resource::move_state::move_state)
    }

    async fn generate_resource_config(
        &self,
        request: Request<generate_resource_config::Request>,
    ) -> Result<Response<generate_resource_config::Response>, Status> {
        let request = request.into_inner();
        let type_name = request.type_name.clone();
        let work =
            |inner: Arc<Inner>| async move { resource::generate::generate(inner.registry(), &request) };
        self.run("GenerateResourceConfig", &type_name, Default::default(), work).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> Result<Response<validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ValidateDataResourceConfig", request, type_name, data_source::validate)
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Result<Response<read_data_source::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ReadDataSource", request, type_name, data_source::read)
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<validate_ephemeral_resource_config::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ValidateEphemeralResourceConfig", request, type_name, ephemeral::validate)
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<open_ephemeral_resource::Request>,
    ) -> Result<Response<open_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        call!(self, "OpenEphemeralResource", request, type_name, ephemeral::open)
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<renew_ephemeral_resource::Request>,
    ) -> Result<Response<renew_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        call!(self, "RenewEphemeralResource", request, type_name, ephemeral::renew)
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<close_ephemeral_resource::Request>,
    ) -> Result<Response<close_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        call!(self, "CloseEphemeralResource", request, type_name, ephemeral::close)
    }

    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> Result<Response<call_function::Response>, Status> {
        let request = request.into_inner();
        call!(self, "CallFunction", request, name, function::call)
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<validate_list_resource_config::Request>,
    ) -> Result<Response<validate_list_resource_config::Response>, Status> {
        let request = request.into_inner();
        call!(self, "ValidateListResourceConfig", request, type_name, list::validate)
    }

    async fn list_resource(
        &self,
        request: Request<list_resource::Request>,
    ) -> Result<Response<Answers<list_resource::Event>>, Status> {
        let request = request.into_inner();
        let events = call!(self, "ListResource", request, type_name, list::list)?;
        Ok(answers(events.into_inner()))
    }

    async fn validate_action_config(
        &self,
        request: Request<validate_action_config::Request>,
    ) -> Result<Response<validate_action_config::Response>, Status> {
        let diagnostics = undeclared::action(&request.get_ref().type_name);
        Ok(Response::new(validate_action_config::Response { diagnostics }))
    }

    async fn plan_action(
        &self,
        request: Request<plan_action::Request>,
    ) -> Result<Response<plan_action::Response>, Status> {
        let diagnostics = undeclared::action(&request.get_ref().action_type);
        Ok(Response::new(plan_action::Response { diagnostics, deferred: None }))
    }

    async fn invoke_action(
        &self,
        request: Request<invoke_action::Request>,
    ) -> Result<Response<Answers<invoke_action::Event>>, Status> {
        use invoke_action::event::{Completed, Type};

        let diagnostics = undeclared::action(&request.get_ref().action_type);
        let completed = invoke_action::Event { r#type: Some(Type::Completed(Completed { diagnostics })) };
        Ok(answers(vec![completed]))
    }

    async fn validate_state_store_config(
        &self,
        request: Request<validate_state_store::Request>,
    ) -> Result<Response<validate_state_store::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(validate_state_store::Response { diagnostics }))
    }

    async fn configure_state_store(
        &self,
        request: Request<configure_state_store::Request>,
    ) -> Result<Response<configure_state_store::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(configure_state_store::Response { diagnostics, capabilities: None }))
    }

    async fn read_state_bytes(
        &self,
        request: Request<read_state_bytes::Request>,
    ) -> Result<Response<Answers<read_state_bytes::Response>>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(answers(vec![read_state_bytes::Response { diagnostics, ..Default::default() }]))
    }

    async fn write_state_bytes(
        &self,
        request: Request<Streaming<write_state_bytes::RequestChunk>>,
    ) -> Result<Response<write_state_bytes::Response>, Status> {
        let chunk = request.into_inner().message().await?;
        let type_name = chunk.and_then(|chunk| chunk.meta).map(|meta| meta.type_name).unwrap_or_default();
        let diagnostics = undeclared::state_store(&type_name);
        Ok(Response::new(write_state_bytes::Response { diagnostics }))
    }

    async fn lock_state(
        &self,
        request: Request<lock_state::Request>,
    ) -> Result<Response<lock_state::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(lock_state::Response { diagnostics, ..Default::default() }))
    }

    async fn unlock_state(
        &self,
        request: Request<unlock_state::Request>,
    ) -> Result<Response<unlock_state::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(unlock_state::Response { diagnostics }))
    }

    async fn get_states(
        &self,
        request: Request<get_states::Request>,
    ) -> Result<Response<get_states::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(get_states::Response { diagnostics, ..Default::default() }))
    }

    async fn delete_state(
        &self,
        request: Request<delete_state::Request>,
    ) -> Result<Response<delete_state::Response>, Status> {
        let diagnostics = undeclared::state_store(&request.get_ref().type_name);
        Ok(Response::new(delete_state::Response { diagnostics }))
    }
}
