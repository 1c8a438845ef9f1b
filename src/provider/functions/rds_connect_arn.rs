//! `rds_connect_arn`.

use async_trait::async_trait;

use super::{argument, parameter, wrong_argument};
use crate::aws::{ConnectArn, Part};
use crate::roles::RoleName;
use crate::sdk::provider::{FunctionError, FunctionSignature};
use crate::sdk::{Function, Type, Value};

const PARAMETERS: [(&str, &str); 5] = [
    (
        "partition",
        "`aws`, `aws-cn`, `aws-us-gov` or another partition; `data.aws_partition.current.partition`.",
    ),
    ("region", "The region of the cluster, such as `eu-west-1`. It must be one of the partition."),
    (
        "account_id",
        "The account that the cluster is in: 12 digits; `data.aws_caller_identity.current.account_id`.",
    ),
    (
        "resource_id",
        "The resource id, not the name: `cluster_resource_id` of an `aws_rds_cluster`, `resource_id` of an \
         `aws_db_instance`, or for RDS Proxy the last part of the ARN of an `aws_db_proxy` (`prx-...`). `*` is all of \
         them.",
    ),
    (
        "username",
        "The user of the database, in exactly the same letters; `*` is all of them. `*` and `?` within it are wildcards, \
         too.",
    ),
];

pub(super) struct RdsConnectArn;

#[async_trait]
impl Function for RdsConnectArn {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            parameters: PARAMETERS
                .iter()
                .map(|(name, description)| parameter(name, Type::String, description))
                .collect(),
            variadic: None,
            result: Type::String,
            summary: "The ARN of a database user for an IAM policy".to_owned(),
            description: "The ARN that stands for a database user in an IAM policy which allows `rds-db:connect`: \
                          `arn:PARTITION:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/USER`. Each part is checked, as IAM \
                          itself accepts any text there, and a wrong one shows only in a login that is refused."
                .to_owned(),
        }
    }

    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = |index: usize| argument::<String>(&arguments, index);
        let (partition, region, account_id) = (text(0)?, text(1)?, text(2)?);
        let (resource_id, username) = (text(3)?, text(4)?);
        // An empty one is of ConnectArn's mistakes.
        if !username.is_empty() {
            RoleName::new(username.as_str()).map_err(|error| wrong_argument(4, format_args!("{error}.")))?;
        }
        ConnectArn::new(&partition, &region, &account_id, &resource_id, &username)
            .map(|arn| Value::string(arn.as_str()))
            .map_err(|error| {
                let index = match error.part {
                    Part::Partition | Part::Form => 0,
                    Part::Region => 1,
                    Part::AccountId => 2,
                    Part::ResourceId => 3,
                    Part::Username => 4,
                };
                wrong_argument(index, error)
            })
    }
}
