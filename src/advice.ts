/**
 * What to do about codes of the VOD API, COS and our own, by code or by the part before its first dot;
 * those of the login have the service before the code.
 */
const ADVICE: Readonly<Record<string, string>> = {
  STS: 'Check role-arn and oidc-provider-id against the role and the identity provider in CAM.',
  'STS.InvalidParameter.WebIdentityTokenError':
    "Compare the token's aud with the identity provider's client ids (oidc-audience asks for one of them), and its iss with the provider's URL; update the provider's public keys.",
  'STS.UnauthorizedOperation':
    "The role's trust policy does not match the token: compare its oidc:sub, oidc:aud and oidc:iss with the claims above.",
  'STS.InternalError.GetRoleError': 'Check role-arn: there is no such role, or it may not be assumed.',
  'STS.InvalidParameter.ParamError':
    'Check role-arn, oidc-provider-id and role-session-name, which takes letters, digits and =,.@_-.',
  'STS.InvalidParameter.OverLimit': "Lower role-duration to at most the role's own session limit.",
  'STS.RequestLimitExceeded':
    'Other jobs log in at the same time: run fewer of them at once, or raise outage-timeout.',
  'OIDC.HTTP401': 'Give the job "permissions: id-token: write" (and "contents: read" for actions/checkout).',
  'OIDC.HTTP403': 'Give the job "permissions: id-token: write" (and "contents: read" for actions/checkout).',
  OIDC: 'Look at the status page of GitHub Actions.',
  'AuthFailure.InvalidSecretId': 'Check secret-id: the key does not exist or is not for cloud APIs.',
  'AuthFailure.SecretIdNotFound':
    'Check secret-id: the key was deleted or disabled, or a temporary one has expired.',
  'AuthFailure.SignatureExpire': "Check the runner's clock: it is more than 5 minutes off.",
  'AuthFailure.SignatureFailure': 'Check secret-key: it does not belong to secret-id.',
  'AuthFailure.TokenFailure':
    'Check session-token: temporary keys need the token that came with them, and it may have expired.',
  'AuthFailure.UnauthorizedOperation':
    'Grant the key the actions vod:ApplyUpload and vod:CommitUpload in CAM.',
  UnauthorizedOperation:
    'Grant the key the actions vod:ApplyUpload and vod:CommitUpload for this application in CAM.',
  'FailedOperation.InvalidVodUser': 'Activate VOD for this account in the console, and give sub-app-id.',
  'FailedOperation.InvalidAccount': 'Check the account in the console: it may be suspended or in arrears.',
  'InvalidParameterValue.SubAppId':
    'Set sub-app-id to an application of this account; accounts that activated VOD on or after 2023-12-25 must give it.',
  'InvalidParameterValue.MediaType':
    'The service does not take this type: convert the file, or set media-type.',
  'InvalidParameterValue.CoverType':
    'The service does not take covers of this type: use jpg or png, or set cover-type.',
  'InvalidParameterValue.ExpireTime': 'Set expire-time to a time in the future.',
  'InvalidParameter.ExpireTime': 'Set expire-time to a time in the future.',
  'InvalidParameterValue.MediaStoragePath':
    'Only applications in FileID + Path mode take media-storage-path; leave it empty for others.',
  'InvalidParameterValue.StorageRegion':
    'Enable the storage region in the application, or leave storage-region empty.',
  'InvalidParameter.StorageRegion':
    'Enable the storage region in the application, or leave storage-region empty.',
  'InvalidParameterValue.VodSessionKey':
    'Look in the console whether the medium is there before publishing it again.',
  ResourceNotFound: 'Look in the console whether the medium is there before publishing it again.',
  RequestLimitExceeded:
    'Other jobs use the API at the same time: run fewer of them at once, or raise outage-timeout.',
  UnsupportedRegion: 'Set region to an access region of the VOD API, such as ap-guangzhou.',
  ExpiredToken:
    'Upload credentials cannot be renewed: publish fewer bytes per medium, or over a faster network.',
  CertificateTooShort: 'Publish over a faster network, or in a storage-region nearer to the runner.',
  AccessDenied:
    "The service's own keys for this medium do not allow the request: publish it again, and if that stays, ask its support with the RequestId.",
  UserNetworkTooSlow: 'The network is too slow for so many requests: lower concurrency.',
  SlowDown: 'The storage service asks for fewer requests: lower concurrency.',
  RequestTimeTooSkewed: "Check the runner's clock: it is more than 15 minutes off.",
  PaymentRequired: 'Check the account in the console: it is in arrears.',
  ChecksumMismatch:
    'Something on the way changes the bytes: look at proxies between the runner and the service.',
  ObjectMismatch:
    'Something on the way changes the bytes: look at proxies between the runner and the service.',
  UnexpectedError: 'This is a bug of the action: please report it with the message.',
  CommitUncertain: 'Look in the console whether the medium is there before publishing it again.',
  FileChanged: 'Let the step that writes the file end before this one starts.',
  ChecksumMissing:
    'Something between the runner and the service strips the header x-cos-hash-crc64ecma, or the endpoint is not the service: check cos-endpoint and gateways.',
  HTTP403:
    'Something between the runner and the service refuses the request: have the hosts of the services allowed there.',
  HTTP413:
    'Something between the runner and the service limits the size of requests: lower part-size below that limit, or have the hosts allowed there.',
  ENOTFOUND: 'Check the endpoint inputs and the DNS of the runner.',
  ECONNREFUSED: 'Check the endpoint inputs, and whether the runner may reach the service.',
  Stalled: 'Check the network between the runner and the service: a firewall may drop connections silently.',
};

/** One line on what to do about a code, undefined where nothing helpful is known. */
export function adviceFor(code: string): string | undefined {
  if (Object.hasOwn(ADVICE, code)) return ADVICE[code];
  const family = code.split('.')[0] ?? '';
  return Object.hasOwn(ADVICE, family) ? ADVICE[family] : undefined;
}

/**
 * What to do about a failed login. What is known of a service's own codes says nothing of a network or a gateway that
 * kept the request from it.
 *
 * @param answered true when the service itself answered
 */
export function adviceForLogin(service: string, code: string, answered: boolean): string | undefined {
  return (answered ? adviceFor(`${service}.${code}`) : undefined) ?? adviceFor(code);
}
